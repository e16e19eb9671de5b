import { useMutation, useQueryClient } from '@tanstack/react-query'
import { sessionQuery } from '@/features/auth/api/session'
import { request, setCsrfToken } from '@/lib/api-client'

/** Ends the session on the server, then forgets everything that was read with it. */
export function useLogout() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => request('/api/auth/logout', { method: 'POST' }),
    onSuccess: () => {
      setCsrfToken(null)
      client.setQueryData(sessionQuery.queryKey, null)
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionQuery.queryKey[0] })
    },
  })
}
