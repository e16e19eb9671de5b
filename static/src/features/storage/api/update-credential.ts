import { useMutation, useQueryClient } from '@tanstack/react-query'
import { storageKeys } from '@/features/storage/api/keys'
import { credentialSchema } from '@/features/storage/model'
import { request } from '@/lib/api-client'

/** Members that are left out stay as they are. */
export type CredentialChange = { id: number; name?: string; clientSecret?: string; redirectUri?: string }

export function useUpdateCredential() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...change }: CredentialChange) =>
      request(`/api/storage/gdrive/credentials/${id}`, { method: 'PATCH', body: change, schema: credentialSchema }),
    onSuccess: () => client.invalidateQueries({ queryKey: storageKeys.all }),
  })
}
