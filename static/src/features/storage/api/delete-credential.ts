import { useMutation, useQueryClient } from '@tanstack/react-query'
import { storageKeys } from '@/features/storage/api/keys'
import { request } from '@/lib/api-client'

export function useDeleteCredential() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => request(`/api/storage/gdrive/credentials/${id}`, { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries({ queryKey: storageKeys.credentials() }),
  })
}
