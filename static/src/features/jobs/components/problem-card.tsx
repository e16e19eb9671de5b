import { Hourglass, TriangleAlert } from 'lucide-react'
import { useQuery } from '@tanstack/react-query'
import { RelativeTime } from '@/components/relative-time'
import { buttonClass } from '@/components/ui/button'
import { adviceFor } from '@/features/jobs/advice'
import { timelineQuery } from '@/features/jobs/api/get-timeline'
import { NextStep, WaitAction } from '@/features/jobs/components/wait-parts'
import type { JobDetail } from '@/features/jobs/model'
import { onlyUploadWaits } from '@/features/jobs/progress'
import { statusTable } from '@/features/jobs/status'

/** Why the job stands still or has failed, and what to do about it. */
export function ProblemCard({ job }: { job: JobDetail }) {
  const timeline = useQuery(timelineQuery(job.id))
  const { tone, label } = statusTable[job.status]
  const failed = tone === 'failed'
  const why = onlyUploadWaits(job) ? 'Why the upload waits' : 'Why this job waits'
  const sentence = job.waiting?.sentence ?? (failed || tone === 'waiting' ? job.errorMessage : null)
  if (!failed && !sentence) return null
  const advice = adviceFor(job, timeline.data ?? [])
  const Icon = failed ? TriangleAlert : Hourglass
  return (
    <section
      role={failed ? 'alert' : 'status'}
      aria-label={failed ? 'What went wrong' : why}
      className={failed ? 'flex gap-3 rounded-md bg-failed-soft p-4' : 'flex gap-3 rounded-md bg-waiting-soft p-4'}
    >
      <Icon aria-hidden className={failed ? 'mt-0.5 size-4 shrink-0 text-failed' : 'mt-0.5 size-4 shrink-0 text-waiting'} />
      <div className="min-w-0 space-y-1">
        <p className="font-semibold [overflow-wrap:anywhere]">
          {onlyUploadWaits(job) && 'The upload waits: '}
          {sentence ?? label}
        </p>
        {job.waiting && job.errorMessage && job.errorMessage !== sentence && <p className="[overflow-wrap:anywhere]">{job.errorMessage}</p>}
        {advice && <p>{advice}</p>}
        {job.waiting && (
          <p className="text-xs">
            Since <RelativeTime iso={job.waiting.since} />. <NextStep job={job} within="sentence" />
          </p>
        )}
        <WaitAction job={job} className={buttonClass('secondary', 'mt-2')} />
      </div>
    </section>
  )
}
