import { useMutation, useQueryClient } from '@tanstack/react-query'
import { authKeys } from '@/features/auth/api/keys'
import { revokedSchema } from '@/features/auth/model'
import { request } from '@/lib/api-client'

export function useEndOtherSessions() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => request('/api/auth/sessions/revoke-others', { method: 'POST', schema: revokedSchema }),
    onSettled: () => client.invalidateQueries({ queryKey: authKeys.sessions }),
  })
}
