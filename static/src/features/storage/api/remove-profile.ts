import { useMutation, useQueryClient } from '@tanstack/react-query'
import { storageKeys } from '@/features/storage/api/keys'
import { request } from '@/lib/api-client'

/** DELETE and POST …/disconnect have one effect; DELETE may be repeated, so a double click is no error. */
export function useRemoveProfile() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => request(`/api/storage/profiles/${id}`, { method: 'DELETE' }),
    // Not the profile itself and what is below it: its page would ask for what is gone.
    onSettled: (_answer, _error, id) => {
      const gone = storageKeys.profile(id)
      return client.invalidateQueries({ queryKey: storageKeys.all, predicate: ({ queryKey }) => gone.some((part, at) => queryKey[at] !== part) })
    },
  })
}
