import { queryOptions } from '@tanstack/react-query'
import { type Session, sessionSchema } from '@/features/auth/model'
import { ApiError, request, setCsrfToken } from '@/lib/api-client'

/** Who is signed in; null for nobody. The answer renews the CSRF token of this tab. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      const session = await request('/api/auth/me', { schema: sessionSchema, signal, anonymous: true })
      setCsrfToken(session.csrfToken)
      return session
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null
      throw error
    }
  },
  staleTime: Infinity,
  gcTime: Infinity,
})
