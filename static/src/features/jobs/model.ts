import * as z from 'zod/mini'
import { JOB_STATUSES } from '@/features/jobs/status'

const int = z.number()
const text = z.nullable(z.string())

export const statusSchema = z.enum(JOB_STATUSES)

/** Why a job that could move does not. */
export const waitingSchema = z.nullable(
  z.object({ code: z.string(), sentence: z.string(), since: z.string(), nextActionAt: text }),
)
export type Waiting = NonNullable<z.infer<typeof waitingSchema>>

const progressShape = {
  status: statusSchema,
  currentState: text,
  bytesDownloaded: int,
  bytesUploaded: int,
  totalBytes: int,
  downloadSpeed: int,
  uploadSpeed: int,
  etaSeconds: z.nullable(int),
  peers: int,
  seeds: int,
  waiting: waitingSchema,
}

export const jobSchema = z.object({
  ...progressShape,
  id: int,
  storageProfileId: int,
  storageProfileName: text,
  requestFileName: text,
  errorMessage: text,
  startedAt: text,
  completedAt: text,
  createdAt: z.string(),
  updatedAt: text,
  selectedFilePaths: z.nullable(z.array(z.string())),
  isActive: z.boolean(),
  canRetry: z.boolean(),
  canCancel: z.boolean(),
  infoHash: text,
  providerType: text,
})
export type Job = z.infer<typeof jobSchema>

/** One row that cannot be read must not hide all the others: rows are parsed one by one by get-jobs. */
export const pageSchema = z.object({
  items: z.array(z.unknown()),
  totalCount: int,
  pageNumber: int,
  pageSize: int,
  totalPages: int,
})

export const fileSchema = z.object({
  index: int,
  path: z.string(),
  size: int,
  state: z.enum(['pending', 'downloading', 'ready', 'uploading', 'done', 'failed']),
  bytesDownloaded: int,
  bytesUploaded: int,
  verifiedBy: text,
})
export type JobFile = z.infer<typeof fileSchema>

const phaseSchema = z.object({
  state: z.enum(['idle', 'active', 'retry', 'waiting', 'done', 'failed', 'cancelled']),
  attempts: int,
  nextRetryAt: text,
  startedAt: text,
  finishedAt: text,
})
export type Phase = z.infer<typeof phaseSchema>

export const jobDetailSchema = z.extend(jobSchema, {
  files: z.array(fileSchema),
  phases: z.object({ download: phaseSchema, upload: phaseSchema }),
  /** What was downloaded, on the server's own disk; `keptUntil` is of an ended job that loses it later. */
  localFiles: z.object({ present: z.boolean(), keptUntil: text }),
})
export type JobDetail = z.infer<typeof jobDetailSchema>

export const timelineEntrySchema = z.object({
  fromStatus: z.nullable(statusSchema),
  toStatus: statusSchema,
  source: z.enum(['Worker', 'User', 'System', 'Recovery']),
  errorMessage: text,
  metadataJson: text,
  changedAt: z.string(),
  durationFromPrevious: text,
})
export type TimelineEntry = z.infer<typeof timelineEntrySchema>

export const statisticsSchema = z.object({
  totalJobs: int,
  activeJobs: int,
  statusFilters: z.array(z.object({ status: statusSchema, count: int })),
})
export type Statistics = z.infer<typeof statisticsSchema>

/**
 * What /events says about a job; a hint, the API has the truth. A change of status comes whole; in between each worker
 * tells its own half, and what it leaves out is as it was.
 */
export const jobEventSchema = z.extend(z.partial(z.object(progressShape)), { jobId: int, at: z.string() })
export type JobEvent = z.infer<typeof jobEventSchema>
