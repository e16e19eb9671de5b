import type { Job } from '@/features/jobs/model'
import { statusTable, type Tone } from '@/features/jobs/status'
import { waitOf } from '@/features/jobs/waits'
import { formatBytes, formatBytesOf, formatDuration, formatSpeed } from '@/lib/format'

type Progress = Pick<
  Job,
  'status' | 'bytesDownloaded' | 'bytesUploaded' | 'totalBytes' | 'downloadSpeed' | 'uploadSpeed' | 'etaSeconds' | 'startedAt' | 'completedAt' | 'waiting'
>

/** While the download still runs, a reason of the upload side is worth a note, but the job does not stand still. */
export function onlyUploadWaits(job: Pick<Job, 'status' | 'waiting'>): boolean {
  return job.status === 'DOWNLOADING' && (waitOf(job)?.uploadSide ?? false)
}

/** What the row shows as the state: a job that waits says so, whatever status it keeps for older clients. */
export function viewOf(job: Pick<Job, 'status' | 'waiting'>): { label: string; tone: Tone; waits: boolean } {
  const { label, tone } = statusTable[job.status]
  if (!job.waiting || onlyUploadWaits(job) || tone === 'failed' || tone === 'done') return { label, tone, waits: false }
  return { label: tone === 'waiting' ? label : 'Waiting', tone: 'waiting', waits: true }
}

/** The numbers of a row, of the phase that the job is in: an upload never shows the download's. */
export function figuresOf(job: Progress): string[] {
  const { phase, tone } = statusTable[job.status]
  const moving = tone === 'moving' && !viewOf(job).waits
  const figures: string[] = []
  if (job.status === 'COMPLETED') {
    figures.push(formatBytes(job.totalBytes))
    const took = secondsBetween(job.startedAt, job.completedAt)
    if (took !== null) figures.push(`took ${formatDuration(took)}`)
    return figures
  }
  if (job.totalBytes === 0) return [job.status === 'DOWNLOADING' ? 'Reading the torrent' : 'Size not known yet']
  if (phase === 'upload') figures.push(`${formatBytesOf(job.bytesUploaded, job.totalBytes)} uploaded`)
  else if (phase === 'queued' && job.bytesDownloaded === 0) figures.push(formatBytes(job.totalBytes))
  else figures.push(`${formatBytesOf(job.bytesDownloaded, job.totalBytes)}${phase === 'ended' ? ' downloaded' : ''}`)
  if (moving && phase === 'download') figures.push(`↓ ${formatSpeed(job.downloadSpeed)}`)
  if (moving && (phase === 'upload' || job.uploadSpeed > 0)) figures.push(`↑ ${formatSpeed(job.uploadSpeed)}`)
  if (moving && job.etaSeconds !== null) figures.push(`${formatDuration(job.etaSeconds)} left`)
  return figures
}

export function secondsBetween(from: string | null, to: string | null): number | null {
  if (!from || !to) return null
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000
  // A retried job keeps older times; a negative span would be a lie.
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null
}
