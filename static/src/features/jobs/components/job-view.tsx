import { useQuery } from '@tanstack/react-query'
import { RotateCw, SearchX, X } from 'lucide-react'
import { Link } from 'react-router'
import { EmptyState } from '@/components/empty-state'
import { ErrorState } from '@/components/error-state'
import { PageHeader } from '@/components/page-header'
import { Button, buttonClass } from '@/components/ui/button'
import { Skeleton } from '@/components/ui/skeleton'
import { paths } from '@/config/paths'
import { jobQuery } from '@/features/jobs/api/get-job'
import { JobBar } from '@/features/jobs/components/job-bar'
import { JobContents } from '@/features/jobs/components/job-contents'
import { JobFacts } from '@/features/jobs/components/job-facts'
import { Lane } from '@/features/jobs/components/lane'
import { ProblemCard } from '@/features/jobs/components/problem-card'
import { StateBadge } from '@/features/jobs/components/state'
import { Timeline } from '@/features/jobs/components/timeline'
import { useJobActions } from '@/features/jobs/components/use-job-actions'
import { pollInterval, useStreamState } from '@/features/jobs/live/stream-state'
import { useSteadyRefetch } from '@/features/jobs/live/use-steady-refetch'
import type { JobDetail } from '@/features/jobs/model'
import { figuresOf } from '@/features/jobs/progress'
import { statusTable } from '@/features/jobs/status'
import { useHotkeys } from '@/hooks/use-hotkeys'
import { usePageTitle } from '@/hooks/use-page-title'
import { ApiError } from '@/lib/api-error'

/** Events carry no files, so an open page asks for them this often even while the stream is up. */
const FILES_MS = 5_000

export function JobView({ id }: { id: number }) {
  const stream = useStreamState()
  const job = useQuery(jobQuery(id))
  useSteadyRefetch(job.refetch, pollInterval(stream, job.data?.isActive ?? false, FILES_MS))
  usePageTitle(job.data?.requestFileName ?? `Job ${id}`)
  if (job.isPending) return <JobSkeleton />
  if (job.isError && !job.data) {
    if (job.error instanceof ApiError && job.error.status === 404) return <NoSuchJob />
    return <ErrorState title="The job could not be loaded" error={job.error} retrying={job.isFetching} onRetry={() => void job.refetch()} />
  }
  return <LoadedJob job={job.data} />
}

function LoadedJob({ job }: { job: JobDetail }) {
  const { askCancel, startRetry, retrying, dialog } = useJobActions()
  const { sentence, retryLabel } = statusTable[job.status]
  useHotkeys({
    r: () => job.canRetry && startRetry(job),
    c: () => job.canCancel && askCancel(job),
  })
  return (
    <>
      <PageHeader
        title={job.requestFileName ?? `Job ${job.id}`}
        actions={
          <>
            {job.canRetry && (
              <Button variant="primary" busy={retrying} onClick={() => startRetry(job)}>
                <RotateCw aria-hidden />
                {retryLabel}
              </Button>
            )}
            {job.canCancel && (
              <Button onClick={() => askCancel(job)}>
                <X aria-hidden />
                Cancel
              </Button>
            )}
          </>
        }
      >
        <div className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1">
          <StateBadge job={job} />
          <p>{sentence}</p>
        </div>
      </PageHeader>
      <div className="space-y-4">
        <div>
          <JobBar job={job} size="page" />
          <p className="num mt-2 text-muted">{figuresOf(job).join(' · ')}</p>
        </div>
        <ProblemCard job={job} />
        <div className="grid gap-4 md:grid-cols-2">
          <Lane job={job} direction="download" />
          <Lane job={job} direction="upload" />
        </div>
        <JobFacts job={job} />
        <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
          <JobContents job={job} />
          <Timeline job={job} />
        </div>
      </div>
      {dialog}
    </>
  )
}

function NoSuchJob() {
  return (
    <EmptyState
      icon={SearchX}
      title="There is no such job"
      action={
        <Link to={paths.jobs.href()} className={buttonClass()}>
          All jobs
        </Link>
      }
    >
      It does not exist, or it belongs to someone else.
    </EmptyState>
  )
}

function JobSkeleton() {
  return (
    <div role="status" aria-label="Loading the job" className="space-y-4">
      <Skeleton className="h-7 w-1/2" />
      <Skeleton className="w-1/3" />
      <Skeleton className="h-3 rounded-full" />
      <div className="grid gap-4 md:grid-cols-2">
        <Skeleton className="h-48 rounded-md" />
        <Skeleton className="h-48 rounded-md" />
      </div>
      <Skeleton className="h-64 rounded-md" />
    </div>
  )
}
