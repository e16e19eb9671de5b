import { useMutation, useQueryClient } from '@tanstack/react-query'
import { jobKeys } from '@/features/jobs/api/keys'
import { request } from '@/lib/api-client'

export function useCancelJob() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => request(`/api/jobs/${id}/cancel`, { method: 'POST' }),
    // Also after a failure: it usually means that the job has moved on.
    onSettled: () => client.invalidateQueries({ queryKey: jobKeys.all }),
  })
}
