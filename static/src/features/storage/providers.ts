import { Cloud, Database, type LucideIcon } from 'lucide-react'

/** One row per provider that a profile can have. */
const providers: Record<string, { label: string; icon: LucideIcon }> = {
  S3: { label: 'S3-compatible storage', icon: Database },
  GoogleDrive: { label: 'Google Drive', icon: Cloud },
}

/** A newer server may know more providers than this page. */
export function providerOf(type: string): { label: string; icon: LucideIcon } {
  return providers[type] ?? { label: type, icon: Cloud }
}
