import type { Job } from '@/features/jobs/model'
import { viewOf } from '@/features/jobs/progress'
import type { Tone } from '@/features/jobs/status'
import { cn } from '@/lib/cn'
import { formatPercent } from '@/lib/format'

/** Layers per tone: downloaded is light, uploaded is solid. */
const layers: Record<Tone, { down: string; up: string }> = {
  idle: { down: 'bg-idle/40', up: 'bg-idle' },
  moving: { down: 'bg-bar-down', up: 'bg-bar-up' },
  waiting: { down: 'bg-waiting/40', up: 'bg-waiting' },
  failed: { down: 'bg-failed/40', up: 'bg-failed' },
  done: { down: 'bg-done/40', up: 'bg-done' },
}

type JobBarProps = { job: Pick<Job, 'status' | 'waiting' | 'bytesDownloaded' | 'bytesUploaded' | 'totalBytes'>; size?: 'row' | 'page' }

/** The signature: one bar, two layers, so that uploading while downloading is seen without reading. */
export function JobBar({ job, size = 'row' }: JobBarProps) {
  const { tone } = viewOf(job)
  const down = share(job.bytesDownloaded, job.totalBytes)
  const up = share(job.bytesUploaded, job.totalBytes)
  const text = `${formatPercent(job.bytesDownloaded, job.totalBytes)} downloaded, ${formatPercent(job.bytesUploaded, job.totalBytes)} uploaded`
  return (
    <div
      role="progressbar"
      aria-label="Progress"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(down * 100)}
      aria-valuetext={text}
      title={text}
      className={cn('relative overflow-hidden rounded-full bg-bar-track', size === 'row' ? 'h-2' : 'h-3')}
    >
      <span style={{ width: `${down * 100}%` }} className={cn('absolute inset-y-0 left-0 transition-[width]', layers[tone].down)} />
      <span style={{ width: `${up * 100}%` }} className={cn('absolute inset-y-0 left-0 transition-[width]', layers[tone].up)} />
    </div>
  )
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0
}
