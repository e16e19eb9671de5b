import { useMutation, useQueryClient } from '@tanstack/react-query'
import { apiKeyKeys } from '@/features/api-keys/api/keys'
import { request } from '@/lib/api-client'

export function useRevokeApiKey() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => request(`/api/auth/api-keys/${id}`, { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries({ queryKey: apiKeyKeys.all }),
  })
}
