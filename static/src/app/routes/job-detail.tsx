import { useParams } from 'react-router'
import NotFound from '@/app/routes/not-found'
import { BackLink } from '@/components/back-link'
import { paths } from '@/config/paths'
import { JobView } from '@/features/jobs/components/job-view'

export default function JobDetail() {
  const { id = '' } = useParams()
  if (!/^[1-9]\d{0,9}$/.test(id)) return <NotFound />
  return (
    <>
      <BackLink to={paths.jobs.href()}>Jobs</BackLink>
      <JobView id={Number(id)} />
    </>
  )
}
