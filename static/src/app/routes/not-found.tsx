import { Compass } from 'lucide-react'
import { Link } from 'react-router'
import { EmptyState } from '@/components/empty-state'
import { buttonClass } from '@/components/ui/button'
import { paths } from '@/config/paths'
import { usePageTitle } from '@/hooks/use-page-title'

export default function NotFound() {
  usePageTitle('Page not found')
  return (
    <EmptyState
      icon={Compass}
      title="There is no page here"
      action={
        <Link to={paths.jobs.href()} className={buttonClass()}>
          All jobs
        </Link>
      }
    >
      The address may be mistyped, or the page has moved.
    </EmptyState>
  )
}
