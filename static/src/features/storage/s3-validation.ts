import { certificateError } from '@/features/storage/ca-certificate'
import type { S3Field, S3Settings } from '@/features/storage/model'
import { ApiError } from '@/lib/api-error'

export type S3Errors = Partial<Record<S3Field, string>>

/** What can be said without asking the server. The rules are the server's, which decides in the end. */
export function validateS3(settings: S3Settings): S3Errors {
  const errors: S3Errors = {}
  const name = nameError(settings.profileName)
  if (name) errors.profileName = name
  const endpoint = endpointError(settings.s3Endpoint.trim())
  if (endpoint) errors.s3Endpoint = endpoint
  if (!settings.s3Region.trim()) errors.s3Region = 'Enter the region; us-east-1 where regions mean nothing.'
  const bucket = settings.s3BucketName.trim()
  if (bucket.length < 3 || bucket.length > 63) errors.s3BucketName = 'Enter the name of the bucket, 3 to 63 characters.'
  if (!settings.s3AccessKey.trim()) errors.s3AccessKey = 'Enter the access key.'
  if (!settings.s3SecretKey.trim()) errors.s3SecretKey = 'Enter the secret key.'
  const certificate = certificateError(settings.s3CaCertificate)
  if (certificate) errors.s3CaCertificate = certificate
  return errors
}

export function nameError(profileName: string): string | null {
  const name = profileName.trim()
  if (name.length < 3 || name.length > 50) return 'Use 3 to 50 characters.'
  return /^[A-Za-z0-9 _-]+$/.test(name) ? null : 'Use letters, digits, spaces, hyphens and underscores only.'
}

export function endpointError(endpoint: string): string | null {
  if (!endpoint) return 'Enter the address of the service, with https://.'
  const placeholder = /<[^>]*>|\{[^}]*\}/.exec(endpoint)
  if (placeholder) return `Replace ${placeholder[0]} with your own.`
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'Enter an address that begins with https:// or http://.'
  if (url.search || url.hash) return 'Leave out everything after the host, such as ? and #.'
  return null
}

const codeFields: Record<string, S3Field> = {
  InvalidProfileName: 'profileName',
  ProfileNameTooShort: 'profileName',
  ProfileNameTooLong: 'profileName',
  DuplicateProfileName: 'profileName',
  InvalidS3Endpoint: 's3Endpoint',
  InvalidUrl: 's3Endpoint',
  AddressDenied: 's3Endpoint',
  InvalidRegion: 's3Region',
  InvalidS3Bucket: 's3BucketName',
  InvalidPathTemplate: 's3PathTemplate',
}

const fieldNames: readonly S3Field[] = [
  'profileName',
  's3Endpoint',
  's3Region',
  's3BucketName',
  's3AccessKey',
  's3SecretKey',
  's3CaCertificate',
  's3PathTemplate',
  's3StorageClass',
  's3Sse',
  's3SseKmsKeyId',
  's3Acl',
]

/** InvalidS3Config names its field only in its sentence, which the wire contract fixes. */
const configSentences: [RegExp, S3Field][] = [
  [/^S3 endpoint/, 's3Endpoint'],
  [/^S3 bucket/, 's3BucketName'],
  [/^S3 access key/, 's3AccessKey'],
  [/^S3 secret key/, 's3SecretKey'],
  [/^S3 region/, 's3Region'],
  [/PEM certificate/, 's3CaCertificate'],
  [/^The storage class/, 's3StorageClass'],
  [/^The encryption/, 's3Sse'],
  [/KMS key/, 's3SseKmsKeyId'],
  [/^The ACL/, 's3Acl'],
]

/** Ties a server's refusal to the inputs it is about; what belongs to no input comes back in `rest`. */
export function serverErrors(error: unknown): { fields: S3Errors; rest: string | null } {
  if (!(error instanceof ApiError)) return { fields: {}, rest: error ? 'The form failed in the browser. Reload the page and try again.' : null }
  const fields: S3Errors = {}
  for (const [key, messages] of Object.entries(error.fields)) {
    const field = fieldNames.find((name) => name.toLowerCase() === key.toLowerCase())
    if (field && messages.length > 0) fields[field] = messages.join(' ')
  }
  const field = codeFields[error.code] ?? configSentences.find(([start]) => error.code === 'InvalidS3Config' && start.test(error.message))?.[1]
  if (field) fields[field] ??= error.message
  return { fields, rest: Object.keys(fields).length > 0 ? null : error.message }
}
