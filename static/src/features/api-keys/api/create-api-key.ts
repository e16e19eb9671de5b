import { useMutation, useQueryClient } from '@tanstack/react-query'
import { apiKeyKeys } from '@/features/api-keys/api/keys'
import { createdKeySchema, type Scope } from '@/features/api-keys/model'
import { request } from '@/lib/api-client'

export type NewApiKey = { name: string; scopes: readonly Scope[]; expiresInDays: number | null }

export function useCreateApiKey() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (key: NewApiKey) => request('/api/auth/api-keys', { method: 'POST', body: key, schema: createdKeySchema }),
    onSuccess: () => client.invalidateQueries({ queryKey: apiKeyKeys.all }),
  })
}
