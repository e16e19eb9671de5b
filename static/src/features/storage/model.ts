import * as z from 'zod/mini'

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
})
export type Profile = z.infer<typeof profileSchema>

export const s3TestSchema = z.object({
  success: z.boolean(),
  steps: z.array(
    z.object({ name: z.enum(['Put', 'Multipart', 'Head', 'Delete']), ok: z.boolean(), ms: z.number(), message: z.nullable(z.string()) }),
  ),
  region: z.nullable(z.string()),
  pathStyle: z.nullable(z.boolean()),
})
export type S3TestResult = z.infer<typeof s3TestSchema>

export const s3ConfiguredSchema = z.object({ success: z.boolean(), storageProfileId: z.number(), message: z.string() })

/** What the form holds; the names are the wire's. */
export type S3Settings = {
  profileName: string
  s3Endpoint: string
  s3AccessKey: string
  s3SecretKey: string
  s3BucketName: string
  s3Region: string
}
export type S3Field = keyof S3Settings

/** Why a destination cannot take files now, in words; null when it can. */
export function profileProblem(profile: Profile): string | null {
  if (!profile.isActive) return 'This storage is disconnected.'
  if (profile.needsReauth) return 'This storage needs a new login.'
  if (!profile.isConfigured) return 'The login of this storage was never finished.'
  return null
}
