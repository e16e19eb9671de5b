/** The twelve statuses of the wire in the order of a job's life. */
export const JOB_STATUSES = [
  'QUEUED',
  'DOWNLOADING',
  'TORRENT_DOWNLOAD_RETRY',
  'PENDING_UPLOAD',
  'UPLOADING',
  'UPLOAD_RETRY',
  'COMPLETED',
  'TORRENT_FAILED',
  'UPLOAD_FAILED',
  'GOOGLE_DRIVE_FAILED',
  'FAILED',
  'CANCELLED',
] as const
export type JobStatus = (typeof JOB_STATUSES)[number]

export type Tone = 'idle' | 'moving' | 'waiting' | 'failed' | 'done'

type StatusRow = {
  label: string
  tone: Tone
  /** Which numbers say how it goes. */
  phase: 'queued' | 'download' | 'upload' | 'ended'
  canCancel: boolean
  canRetry: boolean
  /** The name of the retry button: what will happen. */
  retryLabel: string
  /** The job's state in a sentence, where nothing more exact is known. */
  sentence: string
}

/** Everything that the app knows about a status. A new one fails to compile until its row is complete. */
export const statusTable = {
  QUEUED: row('Queued', 'idle', 'queued', 'active', 'Waits for a free place.'),
  DOWNLOADING: row('Downloading', 'moving', 'download', 'active', 'Downloads from the swarm; finished files are uploaded at once.'),
  TORRENT_DOWNLOAD_RETRY: row('Retrying download', 'waiting', 'download', 'active', 'The download met an error and will be tried again.'),
  PENDING_UPLOAD: row('Upload queued', 'idle', 'upload', 'active', 'Everything is downloaded; the upload starts next.'),
  UPLOADING: row('Uploading', 'moving', 'upload', 'active', 'Everything is downloaded; the rest is being uploaded.'),
  UPLOAD_RETRY: row('Retrying upload', 'waiting', 'upload', 'active', 'The upload met an error and will be tried again.'),
  COMPLETED: row('Done', 'done', 'ended', 'final', 'Every file is in your storage and was verified.'),
  TORRENT_FAILED: row('Download failed', 'failed', 'download', 'failed', 'The download ended with an error.', 'Retry download'),
  UPLOAD_FAILED: row('Upload failed', 'failed', 'upload', 'failed', 'The upload ended with an error.', 'Retry upload'),
  GOOGLE_DRIVE_FAILED: row('Upload failed', 'failed', 'upload', 'failed', 'The upload to Google Drive ended with an error.', 'Retry upload'),
  FAILED: row('Failed', 'failed', 'queued', 'failed', 'The job ended with an error.'),
  CANCELLED: row('Cancelled', 'idle', 'ended', 'failed', 'You cancelled this job.', 'Start again'),
} satisfies Record<JobStatus, StatusRow>

function row(
  label: string,
  tone: Tone,
  phase: StatusRow['phase'],
  kind: 'active' | 'final' | 'failed',
  sentence: string,
  retryLabel = 'Retry',
): StatusRow {
  return { label, tone, phase, canCancel: kind === 'active', canRetry: kind === 'failed', retryLabel, sentence }
}

export function isActive(status: JobStatus): boolean {
  return statusTable[status].canCancel
}
