import { Link } from 'react-router'
import { Until } from '@/components/relative-time'
import { paths } from '@/config/paths'
import type { Job } from '@/features/jobs/model'
import { onlyUploadWaits } from '@/features/jobs/progress'
import { waitOf } from '@/features/jobs/waits'

/** "Continues at 03:20, in 5 h": when something happens by itself; nothing where the server does not know. */
export function NextStep({ job, within }: { job: Pick<Job, 'status' | 'waiting'>; within: 'sentence' | 'figures' }) {
  if (!job.waiting?.nextActionAt) return null
  const words = waitOf(job)?.next ?? 'Next try'
  const until = <Until iso={job.waiting.nextActionAt} />
  return within === 'sentence' ? (
    <>
      {words} {until}.
    </>
  ) : (
    <>
      {' · '}
      {onlyUploadWaits(job) && 'upload: '}
      {words.toLowerCase()} {until}
    </>
  )
}

/** The way to the page where the wait can be ended, where there is one. */
export function WaitAction({ job, className }: { job: Pick<Job, 'waiting' | 'storageProfileId'>; className: string }) {
  const action = waitOf(job)?.action
  if (!action) return null
  return (
    <Link to={paths.profile.href(job.storageProfileId)} className={className}>
      {action}
    </Link>
  )
}
