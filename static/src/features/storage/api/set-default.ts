import { useMutation, useQueryClient } from '@tanstack/react-query'
import { storageKeys } from '@/features/storage/api/keys'
import { request } from '@/lib/api-client'

export function useSetDefault() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => request(`/api/storage/profiles/${id}/set-default`, { method: 'POST' }),
    onSettled: () => client.invalidateQueries({ queryKey: storageKeys.all }),
  })
}
