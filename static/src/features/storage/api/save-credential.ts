import { useMutation, useQueryClient } from '@tanstack/react-query'
import { storageKeys } from '@/features/storage/api/keys'
import { credentialSavedSchema } from '@/features/storage/model'
import { request } from '@/lib/api-client'

export type NewCredential = { name: string; clientId: string; clientSecret: string; redirectUri: string }

/** The same client ID saved again replaces its secret. */
export function useSaveCredential() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (credential: NewCredential) =>
      request('/api/storage/gdrive/credentials', { method: 'POST', body: credential, schema: credentialSavedSchema }),
    onSuccess: () => client.invalidateQueries({ queryKey: storageKeys.credentials() }),
  })
}
