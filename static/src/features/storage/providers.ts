import { Cloud, Database, type LucideIcon } from 'lucide-react'

type Provider = {
  label: string
  icon: LucideIcon
  /** What a person calls the thing that the profile signs in to. */
  account: string
}

/** One row per provider that a profile can have. */
const providers: Record<string, Provider> = {
  S3: { label: 'S3-compatible storage', icon: Database, account: 'Bucket' },
  GoogleDrive: { label: 'Google Drive', icon: Cloud, account: 'Google account' },
}

/** A newer server may know more providers than this page. */
export function providerOf(type: string): Provider {
  return providers[type] ?? { label: type, icon: Cloud, account: 'Account' }
}

/** What is behind a profile, in a few words for its card: the account, the bucket, else the kind. */
export function accountOf(profile: { providerType: string; email: string | null; s3: { bucket: string; endpoint: string } | null }): string {
  if (profile.email) return profile.email
  if (profile.s3) return `${profile.s3.bucket} at ${hostOf(profile.s3.endpoint)}`
  return providerOf(profile.providerType).label
}

export function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address
}
