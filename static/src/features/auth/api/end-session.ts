import { useMutation, useQueryClient } from '@tanstack/react-query'
import { authKeys } from '@/features/auth/api/keys'
import { request } from '@/lib/api-client'

export function useEndSession() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => request(`/api/auth/sessions/${id}`, { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries({ queryKey: authKeys.sessions }),
  })
}
