import { Plus } from 'lucide-react'
import { Link } from 'react-router'
import { FirstRun } from '@/app/first-run'
import { PageHeader } from '@/components/page-header'
import { buttonClass } from '@/components/ui/button'
import { paths } from '@/config/paths'
import { JobList } from '@/features/jobs/components/job-list'
import { TransferTotals } from '@/features/jobs/components/transfer-totals'
import { usePageTitle } from '@/hooks/use-page-title'

export default function Jobs() {
  usePageTitle('Jobs')
  return (
    <>
      <PageHeader
        title="Jobs"
        actions={
          <>
            <span className="flex items-center sm:hidden">
              <TransferTotals />
            </span>
            {/* On a phone the bar at the bottom has it. */}
            <span className="hidden sm:block">
              <Link to={paths.newTorrent.href()} className={buttonClass('primary')}>
                <Plus aria-hidden />
                New torrent
              </Link>
            </span>
          </>
        }
      />
      <JobList firstRun={<FirstRun />} />
    </>
  )
}
