import { formatDuration } from '@/lib/format'

/** Less than this is how clocks are; S3 refuses requests from 15 minutes on. */
const WORTH_A_WORD_SECONDS = 30

/** A warning about the server's clock; `offsetSeconds` is the storage's clock minus the server's. Null when they agree. */
export function clockWarning(offsetSeconds: number): string | null {
  if (Math.abs(offsetSeconds) < WORTH_A_WORD_SECONDS) return null
  const side = offsetSeconds > 0 ? 'behind' : 'ahead of'
  return `The clock of this server is ${formatDuration(Math.abs(offsetSeconds))} ${side} the storage’s. Uploads are corrected for it; set the clock right all the same, by NTP.`
}
