import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { apiKeyKeys } from '@/features/api-keys/api/keys'
import { apiKeySchema } from '@/features/api-keys/model'
import { request } from '@/lib/api-client'

export const apiKeysQuery = queryOptions({
  queryKey: apiKeyKeys.all,
  queryFn: ({ signal }) => request('/api/auth/api-keys', { schema: z.array(apiKeySchema), signal }),
  staleTime: 10_000,
})
