import type { Scope } from '@/features/api-keys/model'

/** One row per scope: what a key with it may do. */
export const scopeTable: Record<Scope, { label: string; explanation: string }> = {
  read: { label: 'Read', explanation: 'See jobs, files and storages. No secret is ever shown.' },
  jobs: { label: 'Jobs', explanation: 'Add torrents; start, cancel and retry jobs.' },
  storage: { label: 'Storage', explanation: 'Connect, change and disconnect storages.' },
}
