import type { TimelineEntry } from '@/features/jobs/model'
import { type JobStatus, statusTable } from '@/features/jobs/status'

const arrived: Record<JobStatus, string> = {
  QUEUED: 'Queued',
  DOWNLOADING: 'Download started',
  TORRENT_DOWNLOAD_RETRY: 'The download met an error; it will be tried again',
  PENDING_UPLOAD: 'Download finished',
  UPLOADING: 'Upload started',
  UPLOAD_RETRY: 'The upload met an error; it will be tried again',
  COMPLETED: 'Done: every file is in the storage and verified',
  TORRENT_FAILED: 'The download failed',
  UPLOAD_FAILED: 'The upload failed',
  GOOGLE_DRIVE_FAILED: 'The upload to Google Drive failed',
  FAILED: 'The job failed',
  CANCELLED: 'Cancelled',
}

/** One line of the history as a person would say it. */
export function timelineSentence({ fromStatus, toStatus, source }: Pick<TimelineEntry, 'fromStatus' | 'toStatus' | 'source'>): string {
  if (fromStatus === null) return 'Job created'
  if (source === 'Recovery') return recovered(toStatus)
  if (source === 'User' && toStatus === 'CANCELLED') return 'You cancelled the job'
  if (source === 'User') return toStatus === 'PENDING_UPLOAD' ? 'You asked to retry the upload' : 'You started the job again'
  if (fromStatus === toStatus && toStatus === 'CANCELLED') return 'Cleaned up'
  if (fromStatus === toStatus && toStatus === 'COMPLETED') return 'The files on the server were deleted'
  if (fromStatus === toStatus) return `Still ${statusTable[toStatus].label.toLowerCase()}`
  if (toStatus === 'DOWNLOADING' && fromStatus === 'TORRENT_DOWNLOAD_RETRY') return 'Download tried again'
  if (toStatus === 'UPLOADING' && fromStatus === 'UPLOAD_RETRY') return 'Upload tried again'
  return arrived[toStatus]
}

function recovered(to: JobStatus): string {
  const { phase, tone } = statusTable[to]
  if (tone === 'failed') return `A worker stopped too often; ${arrived[to].toLowerCase()}`
  if (phase === 'upload') return 'A worker stopped; the upload was resumed'
  return 'A worker stopped; the download was resumed'
}

/** What a worker says of its cleanup in words; the numbers of it are members too. */
export function cleanupWords(metadata: unknown): string | null {
  return isRecord(metadata) && typeof metadata.cleaned === 'string' ? metadata.cleaned : null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Members of an entry's metadata as label and value; nested values stay JSON. */
export function metadataLines(metadata: unknown): [label: string, value: string][] {
  if (!isRecord(metadata)) return []
  return Object.entries(metadata).flatMap(([name, value]) => {
    if (value === null || name === 'cleaned') return []
    const label = name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/_/g, ' ').toLowerCase()
    return [[label, typeof value === 'string' ? value : JSON.stringify(value)] satisfies [string, string]]
  })
}
