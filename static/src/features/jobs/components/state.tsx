import { ArrowDown, ArrowUp, Ban, CircleCheck, CircleX, Clock, Hourglass, type LucideIcon, RotateCw } from 'lucide-react'
import type { Job } from '@/features/jobs/model'
import { viewOf } from '@/features/jobs/progress'
import type { JobStatus, Tone } from '@/features/jobs/status'
import { cn } from '@/lib/cn'

const icons = {
  QUEUED: Clock,
  DOWNLOADING: ArrowDown,
  TORRENT_DOWNLOAD_RETRY: RotateCw,
  PENDING_UPLOAD: Clock,
  UPLOADING: ArrowUp,
  UPLOAD_RETRY: RotateCw,
  COMPLETED: CircleCheck,
  TORRENT_FAILED: CircleX,
  UPLOAD_FAILED: CircleX,
  GOOGLE_DRIVE_FAILED: CircleX,
  FAILED: CircleX,
  CANCELLED: Ban,
} satisfies Record<JobStatus, LucideIcon>

export const toneText: Record<Tone, string> = {
  idle: 'text-idle',
  moving: 'text-moving',
  waiting: 'text-waiting',
  failed: 'text-failed',
  done: 'text-done',
}

const toneSoft: Record<Tone, string> = {
  idle: 'bg-idle-soft',
  moving: 'bg-moving-soft',
  waiting: 'bg-waiting-soft',
  failed: 'bg-failed-soft',
  done: 'bg-done-soft',
}

/** The icon and the word of a job's state; colour repeats them and never stands alone. */
export function StateBadge({ job, className }: { job: Pick<Job, 'status' | 'waiting'>; className?: string }) {
  const { label, tone, waits } = viewOf(job)
  const Icon = waits && tone === 'waiting' && !job.status.endsWith('RETRY') ? Hourglass : icons[job.status]
  return (
    <span
      data-testid="job-state"
      data-status={job.status}
      className={cn(
        'inline-flex h-6 items-center gap-1.5 rounded-full pr-2.5 pl-2 text-xs font-semibold whitespace-nowrap',
        toneText[tone],
        toneSoft[tone],
        className,
      )}
    >
      <Icon aria-hidden className="size-3.5" strokeWidth={2.25} />
      {label}
    </span>
  )
}
