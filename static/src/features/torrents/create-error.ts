import { ApiError } from '@/lib/api-error'

/** "Active job exists. ID: 5, Status: …" is the only place where the wire names the other job. */
export function existingJobId(error: unknown): number | null {
  if (!(error instanceof ApiError) || error.code !== 'JobAlreadyExists') return null
  const match = /ID: (\d+)/.exec(error.message)
  return match ? Number(match[1]) : null
}
