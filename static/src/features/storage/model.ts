import * as z from 'zod/mini'

/** What a page learns of an S3 profile; the secret key never leaves the server. */
const s3DetailsSchema = z.object({
  endpoint: z.string(),
  bucket: z.string(),
  region: z.string(),
  pathStyle: z.boolean(),
  preset: z.nullable(z.string()),
  accessKeyMasked: z.string(),
  hasCaCertificate: z.boolean(),
  clockOffsetSeconds: z.number(),
  pathTemplate: z.string(),
  storageClass: z.nullable(z.string()),
  sse: z.nullable(z.string()),
  sseKmsKeyId: z.nullable(z.string()),
  acl: z.nullable(z.string()),
  /** Does the server refuse to replace an object when it is asked to; null until a test has seen it. */
  conditionalCreate: z.nullable(z.boolean()),
})
export type S3Details = z.infer<typeof s3DetailsSchema>

const driveDetailsSchema = z.object({
  credentialId: z.nullable(z.number()),
  credentialName: z.nullable(z.string()),
  /** Where jobs go; null is the app's own folder in My Drive. */
  folderId: z.nullable(z.string()),
  folderName: z.nullable(z.string()),
  driveId: z.nullable(z.string()),
  driveName: z.nullable(z.string()),
})
export type DriveDetails = z.infer<typeof driveDetailsSchema>

export const profileSchema = z.object({
  id: z.number(),
  profileName: z.string(),
  providerType: z.string(),
  email: z.nullable(z.string()),
  isDefault: z.boolean(),
  isActive: z.boolean(),
  needsReauth: z.boolean(),
  isConfigured: z.boolean(),
  createdAt: z.string(),
  checkedAt: z.nullable(z.string()),
  checkOk: z.nullable(z.boolean()),
  checkMessage: z.nullable(z.string()),
  s3: z.nullable(s3DetailsSchema),
  googleDrive: z.nullable(driveDetailsSchema),
})
export type Profile = z.infer<typeof profileSchema>

/** How full a Google account is, and what it took within 24 hours. */
export const usageSchema = z.object({
  storage: z.nullable(
    z.object({
      limitBytes: z.nullable(z.number()),
      usedBytes: z.nullable(z.number()),
      freeBytes: z.nullable(z.number()),
      checkedAt: z.nullable(z.string()),
    }),
  ),
  day: z.object({ sentBytes: z.number(), limitBytes: z.number(), freeAt: z.nullable(z.string()) }),
})
export type Usage = z.infer<typeof usageSchema>

/** Where sample files of a torrent would go. */
export const pathPreviewSchema = z.object({ examples: z.array(z.object({ path: z.string(), key: z.string() })) })

/** The steps of a test, S3's and Google Drive's, in their order; a newer server may know more. */
export const testSchema = z.object({
  success: z.boolean(),
  steps: z.array(z.object({ name: z.string(), ok: z.boolean(), ms: z.number(), message: z.nullable(z.string()) })),
  region: z.nullable(z.string()),
  pathStyle: z.nullable(z.boolean()),
  clockOffsetSeconds: z.number(),
})
export type TestResult = z.infer<typeof testSchema>

export const s3ConfiguredSchema = z.object({ success: z.boolean(), storageProfileId: z.number(), message: z.string() })

export const presetSchema = z.object({
  id: z.string(),
  label: z.string(),
  /** May hold `{region}`, and `<parts>` that only the person knows. */
  endpoint: z.string(),
  regions: z.array(z.object({ id: z.string(), label: z.string() })),
  regionRule: z.enum(['required', 'auto', 'any', 'from-endpoint']),
  pathStyle: z.boolean(),
  multipart: z.boolean(),
  hint: z.string(),
})
export type S3Preset = z.infer<typeof presetSchema>

export const credentialSchema = z.object({
  id: z.number(),
  name: z.string(),
  clientIdMasked: z.string(),
  redirectUri: z.string(),
  createdAt: z.string(),
  inUse: z.boolean(),
})
export type Credential = z.infer<typeof credentialSchema>

export const credentialSavedSchema = z.object({ credentialId: z.number(), name: z.string() })
export const consentSchema = z.object({ authorizationUrl: z.url() })

/** How objects are written; empty is as the server or the bucket has it. */
export type S3Options = { s3PathTemplate: string; s3StorageClass: string; s3Sse: string; s3SseKmsKeyId: string; s3Acl: string }

/** What the form holds; the names are the wire's. */
export type S3Settings = S3Options & {
  profileName: string
  s3Endpoint: string
  s3AccessKey: string
  s3SecretKey: string
  s3BucketName: string
  s3Region: string
  s3CaCertificate: string
}
export type S3Field = keyof S3Settings

/** Why a destination cannot take files now, in words; null when it can. */
export function profileProblem(profile: Profile): string | null {
  if (!profile.isActive) return 'This storage is disconnected.'
  if (profile.needsReauth) return 'This storage needs a new login.'
  if (!profile.isConfigured) return 'The login of this storage was never finished.'
  return null
}
