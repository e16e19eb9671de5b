import * as z from 'zod/mini'

const text = z.nullable(z.string())

const proofFileSchema = z.object({
  path: z.string(),
  size: z.number(),
  state: z.enum(['pending', 'downloading', 'ready', 'uploading', 'done', 'failed']),
  sha256: text,
  md5: text,
  remoteKey: text,
  remoteId: text,
  etag: text,
  method: text,
  verifiedAt: text,
  errorMessage: text,
})
export type ProofFile = z.infer<typeof proofFileSchema>

/** What shows that a job's files arrived: each with its digests, its place and how both were compared. */
export const manifestSchema = z.object({
  provider: z.string(),
  destination: z.string(),
  complete: z.boolean(),
  fileCount: z.number(),
  files: z.array(proofFileSchema),
})
export type Manifest = z.infer<typeof manifestSchema>
