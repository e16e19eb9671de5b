import * as z from 'zod/mini'
import type { JobDetail, TimelineEntry } from '@/features/jobs/model'
import type { JobStatus } from '@/features/jobs/status'
import { waitByCode } from '@/features/jobs/waits'
import { parseJson } from '@/lib/api-error'

/** What a known code of a failure means and what a person can do; the server's own sentence always stands beside it. */
const byCode: Record<string, string> = {
  NoSuchBucket: 'Create the bucket, or connect the storage again with the right name, then retry the upload.',
  AccessDenied: 'The key lacks a permission. Allow it to write, read and delete objects in the bucket, then retry the upload.',
  InvalidAccessKeyId: 'The storage does not know the access key. Connect the storage again with a valid key, then retry.',
  SignatureDoesNotMatch: 'The secret key is wrong. Connect the storage again with the right one, then retry.',
  StorageInactive: 'The destination was disconnected. Connect it again and add the torrent again with it.',
  KeyTooLong: 'A path in this torrent is longer than the storage allows. Add the torrent again without that file.',
  FileTooLarge: 'A file is larger than the storage allows. Add the torrent again without it, or use another storage.',
  SizeDiffers: 'What arrived differs from what was sent. Retry uploads it again from the start.',
  FileTooShort: 'A local file is shorter than it should be. Retry downloads what is missing.',
  MetadataLost: 'The torrent file itself is gone from the server. Add the torrent again.',
}

const byStatus: Partial<Record<JobStatus, string>> = {
  TORRENT_FAILED: 'Retry starts the download again; what was already verified is used again while it is kept.',
  UPLOAD_FAILED: 'The downloaded data is kept for a while. Put the storage right, then retry the upload.',
  GOOGLE_DRIVE_FAILED: 'The downloaded data is kept for a while. Put the storage right, then retry the upload.',
  FAILED: 'Read the message above, put its cause right, then retry.',
}

const metadataSchema = z.object({ code: z.optional(z.string()), errorCode: z.optional(z.string()) })

/** The code of the failure, if the history recorded one. */
function failureCode(timeline: readonly TimelineEntry[]): string | null {
  const last = timeline.findLast((entry) => entry.errorMessage !== null)
  if (!last?.metadataJson) return null
  const parsed = metadataSchema.safeParse(parseJson(last.metadataJson))
  return parsed.success ? (parsed.data.code ?? parsed.data.errorCode ?? null) : null
}

export function adviceFor(job: JobDetail, timeline: readonly TimelineEntry[]): string | null {
  const code = job.waiting?.code ?? failureCode(timeline)
  return (code ? (waitByCode(code)?.advice ?? byCode[code]) : undefined) ?? byStatus[job.status] ?? null
}
