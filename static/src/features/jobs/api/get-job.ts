import { queryOptions } from '@tanstack/react-query'
import { jobKeys } from '@/features/jobs/api/keys'
import { liveStore } from '@/features/jobs/live/live-store'
import { jobDetailSchema } from '@/features/jobs/model'
import { request } from '@/lib/api-client'

export const jobQuery = (id: number) =>
  queryOptions({
    queryKey: jobKeys.detail(id),
    queryFn: async ({ signal }) => {
      const job = await request(`/api/jobs/${id}`, { schema: jobDetailSchema, signal })
      liveStore.recordJobs([job])
      return job
    },
    staleTime: 2_000,
  })
