import { memo } from 'react'
import { Link } from 'react-router'
import { RelativeTime } from '@/components/relative-time'
import { paths } from '@/config/paths'
import { JobBar } from '@/features/jobs/components/job-bar'
import { JobMenu } from '@/features/jobs/components/job-menu'
import { StateBadge, toneText } from '@/features/jobs/components/state'
import { NextStep, WaitAction } from '@/features/jobs/components/wait-parts'
import type { Job } from '@/features/jobs/model'
import { figuresOf, viewOf } from '@/features/jobs/progress'
import { statusTable } from '@/features/jobs/status'
import { cn } from '@/lib/cn'

/** Above the row's own link, which covers the row. */
const wayOut = 'relative z-10 rounded-sm text-xs font-semibold text-action underline underline-offset-2'

type JobRowProps = { job: Job; onCancel: (job: Job) => void; onRetry: (job: Job) => void }

/** One job of the list. Drawn again only when its own job has changed. */
export const JobRow = memo(function JobRow({ job, onCancel, onRetry }: JobRowProps) {
  const note = noteOf(job)
  const waits = job.isActive && job.waiting !== null
  return (
    <li
      data-testid="job-row"
      data-job-id={job.id}
      className="relative grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1.5 px-4 py-3 transition-colors focus-within:bg-hover hover:bg-hover lg:grid-cols-[minmax(0,1fr)_minmax(0,24rem)_9.5rem_2.25rem] lg:gap-x-5"
    >
      <div className="min-w-0">
        <Link
          to={paths.job.href(job.id)}
          data-job-link={job.id}
          title={job.requestFileName ?? undefined}
          className="block truncate font-semibold outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
        >
          {job.requestFileName ?? `Job ${job.id}`}
        </Link>
        <p className="hidden truncate text-xs text-muted lg:block">
          <Destination job={job} />
          {note ? <Note {...note} /> : <When job={job} />}
        </p>
      </div>
      <div className="justify-self-end lg:order-3 lg:justify-self-start">
        <StateBadge job={job} />
        {waits && <WaitAction job={job} className={cn(wayOut, 'mt-1.5 hidden w-fit lg:block')} />}
      </div>
      <div className="col-span-full min-w-0 lg:order-2 lg:col-span-1">
        <JobBar job={job} />
        <p className={cn('num mt-1.5 text-xs text-muted', !waits && 'truncate')}>
          {figuresOf(job).join(' · ')}
          {waits && <NextStep job={job} within="figures" />}
        </p>
      </div>
      <div className="col-span-full flex items-center gap-2 lg:contents">
        <p className="min-w-0 flex-1 text-xs text-muted lg:hidden">
          <Destination job={job} />
          {note ? <Note {...note} /> : <When job={job} />}
          {waits && <WaitAction job={job} className={cn(wayOut, 'mt-1 block w-fit')} />}
        </p>
        <div className="relative z-10 -my-2 -mr-2 lg:order-4 lg:m-0 lg:justify-self-end">
          <JobMenu job={job} onCancel={onCancel} onRetry={onRetry} />
        </div>
      </div>
    </li>
  )
})

function Destination({ job }: { job: Job }) {
  return <>→ {job.storageProfileName ?? 'removed storage'} · </>
}

function When({ job }: { job: Job }) {
  return job.completedAt && statusTable[job.status].phase === 'ended' ? (
    <>
      {job.status === 'COMPLETED' ? 'finished' : 'ended'} <RelativeTime iso={job.completedAt} />
    </>
  ) : (
    <>
      added <RelativeTime iso={job.createdAt} />
    </>
  )
}

/** A job that stands still says why; a failed one says what happened. */
function noteOf(job: Job): { text: string; color: string } | null {
  const { tone } = viewOf(job)
  if (job.waiting && job.isActive) return { text: job.waiting.sentence, color: toneText.waiting }
  if (job.errorMessage && (tone === 'failed' || tone === 'waiting')) return { text: job.errorMessage, color: toneText[tone] }
  return null
}

function Note({ text, color }: { text: string; color: string }) {
  return (
    <span className={color} title={text}>
      {text}
    </span>
  )
}
