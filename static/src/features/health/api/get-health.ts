import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { request } from '@/lib/api-client'

const healthSchema = z.object({
  isHealthy: z.boolean(),
  database: z.string(),
  redis: z.string(),
  version: z.string(),
  databaseResponseTimeMs: z.nullable(z.number()),
  redisResponseTimeMs: z.nullable(z.number()),
})
export type Health = z.infer<typeof healthSchema>

/** Asked every 30 s while the tab is visible. 503 carries the same report, so it is an answer too. */
export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => request('/api/health/ready', { schema: healthSchema, signal, alsoOk: [503] }),
  refetchInterval: 30_000,
  staleTime: 10_000,
  retry: false,
})
