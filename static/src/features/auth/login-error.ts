import { ApiError } from '@/lib/api-error'
import { formatDuration } from '@/lib/format'

/** What to tell a person whose login failed; `waitSeconds` blocks the next try that long. */
export function describeLoginError(error: unknown): { text: string; waitSeconds: number } {
  if (!(error instanceof ApiError)) return { text: 'The login failed in the browser. Reload the page and try again.', waitSeconds: 0 }
  if (error.code === 'InvalidCredentials') {
    return { text: 'This e-mail and password do not match. Check both; capital letters count in the password.', waitSeconds: 0 }
  }
  if (error.status === 429) {
    const waitSeconds = error.retryAfterSeconds ?? 30
    return { text: `Too many tries. You can try again in ${formatDuration(waitSeconds)}.`, waitSeconds }
  }
  if (error.status === 0) {
    return { text: 'The server does not answer. Your password was not checked; try again when the server runs.', waitSeconds: 0 }
  }
  if (error.status >= 500) {
    return { text: `The server cannot check logins now: ${error.message}`, waitSeconds: 0 }
  }
  return { text: error.message, waitSeconds: 0 }
}
