import { useQuery } from '@tanstack/react-query'
import { Inbox, SearchX } from 'lucide-react'
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { ErrorState } from '@/components/error-state'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { Skeleton } from '@/components/ui/skeleton'
import { type JobsPage, jobsQuery } from '@/features/jobs/api/get-jobs'
import { JobRow } from '@/features/jobs/components/job-row'
import { Pager } from '@/features/jobs/components/pager'
import { StateFilters } from '@/features/jobs/components/state-filters'
import { useJobActions } from '@/features/jobs/components/use-job-actions'
import { useListHotkeys } from '@/features/jobs/components/use-list-hotkeys'
import { type JobsFilter, useJobsFilter } from '@/features/jobs/filter'
import { pollInterval, useStreamState } from '@/features/jobs/live/stream-state'
import { useSteadyRefetch } from '@/features/jobs/live/use-steady-refetch'
import type { Job } from '@/features/jobs/model'
import { useHeldOrder } from '@/hooks/use-held-order'
import { cn } from '@/lib/cn'
import { formatCount } from '@/lib/format'

/** The live list with its filters. `firstRun` is what a person without any job should do next. */
export function JobList({ firstRun }: { firstRun: ReactNode }) {
  const { filter, change } = useJobsFilter()
  const stream = useStreamState()
  const jobs = useQuery(jobsQuery(filter))
  useSteadyRefetch(jobs.refetch, pollInterval(stream, jobs.data?.items.some((job) => job.isActive) ?? false))
  return (
    <>
      <StateFilters value={filter.status} onChange={(status) => change({ status })} />
      {filter.q && <SearchNote filter={filter} page={jobs.data} onClear={() => change({ q: '' })} />}
      <Panel label="Jobs" className="mt-3">
        {jobs.isPending ? (
          <JobListSkeleton />
        ) : jobs.isError && !jobs.data ? (
          <ErrorState title="The jobs could not be loaded" error={jobs.error} retrying={jobs.isFetching} onRetry={() => void jobs.refetch()} />
        ) : jobs.data.items.length === 0 ? (
          <NoJobs filter={filter} page={jobs.data} firstRun={firstRun} onChange={change} />
        ) : (
          <Rows page={jobs.data} dimmed={jobs.isPlaceholderData} />
        )}
      </Panel>
      {jobs.data && jobs.data.unreadable > 0 && (
        <p role="status" className="mt-3 text-waiting">
          {formatCount(jobs.data.unreadable, 'job')} could not be read: the server may be newer than this page. Reload it.
        </p>
      )}
      {jobs.data && (
        <Pager
          {...jobs.data}
          page={filter.page}
          size={filter.size}
          onPage={(page) => change({ page })}
          onSize={(size) => change({ size })}
        />
      )}
    </>
  )
}

function Rows({ page, dimmed }: { page: JobsPage; dimmed: boolean }) {
  const [held, setHeld] = useState(false)
  const rows = useHeldOrder(page.items, jobId, held)
  const list = useRef<HTMLUListElement>(null)
  const actions = useJobActions()
  const { askCancel, startRetry } = actions
  useListHotkeys(list, rows, { onCancel: askCancel, onRetry: startRetry })
  // Stable handlers, so that a row is drawn again only for its own job.
  const latest = useRef({ askCancel, startRetry })
  useEffect(() => {
    latest.current = { askCancel, startRetry }
  })
  const onCancel = useCallback((job: Job) => latest.current.askCancel(job), [])
  const onRetry = useCallback((job: Job) => latest.current.startRetry(job), [])
  return (
    <>
      <ul
        ref={list}
        onPointerEnter={(event) => setHeld(event.pointerType === 'mouse')}
        onPointerLeave={() => setHeld(false)}
        className={cn('divide-y divide-line', dimmed && 'opacity-60')}
      >
        {rows.map((job) => (
          <JobRow key={job.id} job={job} onCancel={onCancel} onRetry={onRetry} />
        ))}
      </ul>
      {actions.dialog}
    </>
  )
}

const jobId = (job: Job) => job.id

type NoJobsProps = { filter: JobsFilter; page: JobsPage; firstRun: ReactNode; onChange: (patch: Partial<JobsFilter>) => void }

function NoJobs({ filter, page, firstRun, onChange }: NoJobsProps) {
  if (page.totalCount > 0) {
    return (
      <EmptyState icon={Inbox} title="This page is empty" action={<Button onClick={() => onChange({ page: 1 })}>First page</Button>}>
        The list has become shorter since.
      </EmptyState>
    )
  }
  if (!filter.q && !filter.status) return firstRun
  return (
    <EmptyState
      icon={SearchX}
      title={filter.q ? `No job matches “${filter.q}”` : 'No job is in this state'}
      action={<Button onClick={() => onChange({ q: '', status: null })}>Show all jobs</Button>}
    >
      {filter.q && 'Names, storage names and info hashes are searched.'}
    </EmptyState>
  )
}

function SearchNote({ filter, page, onClear }: { filter: JobsFilter; page: JobsPage | undefined; onClear: () => void }) {
  return (
    <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-1 text-muted">
      <p role="status">
        {page ? formatCount(page.totalCount, 'job matches', 'jobs match') : 'Searching for'} “{filter.q}”
        {page?.searchedNewest && `, among the newest ${page.searchedNewest.toLocaleString('en')}`}
      </p>
      <Button variant="quiet" className="h-7 px-2" onClick={onClear}>
        Clear search
      </Button>
    </div>
  )
}

function JobListSkeleton() {
  return (
    <div role="status" aria-label="Loading jobs" className="divide-y divide-line">
      {Array.from({ length: 6 }, (_, index) => (
        <div key={index} className="grid grid-cols-1 gap-3 px-4 py-3.5 lg:grid-cols-[minmax(0,1fr)_24rem_9.5rem_2.25rem] lg:gap-5">
          <div className="space-y-2">
            <Skeleton className="w-3/5" />
            <Skeleton className="h-3 w-2/5" />
          </div>
          <div className="space-y-2">
            <Skeleton className="h-2 rounded-full" />
            <Skeleton className="h-3 w-3/5" />
          </div>
          <Skeleton className="hidden h-6 w-24 rounded-full lg:block" />
        </div>
      ))}
    </div>
  )
}
