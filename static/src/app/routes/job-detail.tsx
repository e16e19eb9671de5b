import { ChevronLeft } from 'lucide-react'
import { Link, useParams } from 'react-router'
import NotFound from '@/app/routes/not-found'
import { paths } from '@/config/paths'
import { JobView } from '@/features/jobs/components/job-view'

export default function JobDetail() {
  const { id = '' } = useParams()
  if (!/^[1-9]\d{0,9}$/.test(id)) return <NotFound />
  return (
    <>
      <Link to={paths.jobs.href()} className="-ml-1 mb-2 inline-flex h-8 items-center gap-1 rounded-md pr-2 text-muted hover:text-text">
        <ChevronLeft aria-hidden className="size-4" />
        Jobs
      </Link>
      <JobView id={Number(id)} />
    </>
  )
}
