import { QueryClient } from '@tanstack/react-query'
import { sessionQuery } from '@/features/auth/api/session'
import { setUnauthorizedHandler } from '@/lib/api-client'
import { ApiError } from '@/lib/api-error'

const RETRIES = 2

/** The one error policy: a 401 ends the session, what may pass is tried again, everything else stays in the view that asked. */
export function createQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) => error instanceof ApiError && error.isTransient && failures < RETRIES,
        retryDelay: (failures, error) => (error instanceof ApiError && error.retryAfterSeconds !== null ? Math.min(error.retryAfterSeconds, 10) * 1_000 : 500 * 2 ** failures),
        // A server at home is reachable while the browser believes to be offline.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  })
  setUnauthorizedHandler(() => client.setQueryData(sessionQuery.queryKey, null))
  return client
}
