import { useMutation } from '@tanstack/react-query'
import { createdJobSchema } from '@/features/torrents/model'
import { request } from '@/lib/api-client'

export type NewJob = {
  torrentFileId: number
  /** null means every file. */
  selectedFilePaths: string[] | null
  storageProfileId: number
}

export function useCreateJob() {
  return useMutation({
    mutationFn: (job: NewJob) => request('/api/torrents/create-job', { method: 'POST', body: job, schema: createdJobSchema }),
  })
}
