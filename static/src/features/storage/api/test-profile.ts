import { useMutation, useQueryClient } from '@tanstack/react-query'
import { storageKeys } from '@/features/storage/api/keys'
import { testSchema } from '@/features/storage/model'
import { request } from '@/lib/api-client'

/** Tries a stored profile step by step; the server keeps when and how it went. */
export function useTestProfile(id: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => request(`/api/storage/profiles/${id}/test`, { method: 'POST', schema: testSchema }),
    onSettled: () => client.invalidateQueries({ queryKey: storageKeys.all }),
  })
}
