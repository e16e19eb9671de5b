import type { S3Details, S3Options } from '@/features/storage/model'

/** The server's own; what a profile that says nothing has. */
export const DEFAULT_TEMPLATE = 'torrents/{jobId}/{path}'

/** What a template may hold, in the order in which people think of it. */
export const TEMPLATE_VARIABLES = [
  { name: '{torrentName}', meaning: 'the name of the torrent' },
  { name: '{jobId}', meaning: 'the number of the job' },
  { name: '{infoHash}', meaning: 'the info hash of the torrent' },
  { name: '{year}', meaning: 'the year in which the job was added' },
  { name: '{month}', meaning: 'the month in which the job was added, 01 to 12' },
  { name: '{day}', meaning: 'the day on which the job was added, 01 to 31' },
  { name: '{path}', meaning: 'the path of the file in the torrent; it must come last' },
] as const

/** Empty is the first row of both: as the bucket is set. */
export const ENCRYPTIONS = {
  AES256: 'AES-256 with keys of the storage (SSE-S3)',
  'aws:kms': 'A key of KMS (SSE-KMS)',
} as const

export const ACLS = {
  private: 'private: only the owner',
  'bucket-owner-full-control': 'bucket-owner-full-control',
  'bucket-owner-read': 'bucket-owner-read',
  'aws-exec-read': 'aws-exec-read',
  'authenticated-read': 'authenticated-read: everybody with an account may read',
  'public-read': 'public-read: everybody may read',
  'public-read-write': 'public-read-write: everybody may read and write',
} as const

/** Names that many services know; any other can be typed. */
export const STORAGE_CLASSES = ['STANDARD', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR', 'REDUCED_REDUNDANCY'] as const

export function optionsOf(s3: S3Details | null): S3Options {
  return {
    s3PathTemplate: s3?.pathTemplate ?? DEFAULT_TEMPLATE,
    s3StorageClass: s3?.storageClass ?? '',
    s3Sse: s3?.sse ?? '',
    s3SseKmsKeyId: s3?.sseKmsKeyId ?? '',
    s3Acl: s3?.acl ?? '',
  }
}

/** Trimmed, and without what the choices make meaningless. */
function tidy(options: S3Options): S3Options {
  return {
    s3PathTemplate: options.s3PathTemplate.trim() || DEFAULT_TEMPLATE,
    s3StorageClass: options.s3StorageClass.trim(),
    s3Sse: options.s3Sse,
    s3SseKmsKeyId: options.s3Sse === 'aws:kms' ? options.s3SseKmsKeyId.trim() : '',
    s3Acl: options.s3Acl,
  }
}

/** What differs from `before`; null is what was taken away. */
export function changedOptions(options: S3Options, before: S3Details): Partial<Record<keyof S3Options, string | null>> {
  const stored = optionsOf(before)
  const entries = Object.entries(tidy(options)) as [keyof S3Options, string][]
  return Object.fromEntries(
    entries
      .filter(([name, value]) => value !== stored[name])
      .map(([name, value]) => [name, value === '' || (name === 's3PathTemplate' && value === DEFAULT_TEMPLATE) ? null : value]),
  )
}

/** For a new storage: only what was chosen. */
export function writtenOptions(options: S3Options): Partial<S3Options> {
  const fresh = optionsOf(null)
  const entries = Object.entries(tidy(options)) as [keyof S3Options, string][]
  return Object.fromEntries(entries.filter(([name, value]) => value !== fresh[name]))
}
