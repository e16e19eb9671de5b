import { queryOptions } from '@tanstack/react-query'
import { jobKeys } from '@/features/jobs/api/keys'
import { statisticsSchema } from '@/features/jobs/model'
import { request } from '@/lib/api-client'

export const statisticsQuery = queryOptions({
  queryKey: jobKeys.statistics(),
  queryFn: ({ signal }) => request('/api/jobs/statistics', { schema: statisticsSchema, signal }),
  staleTime: 2_000,
})
