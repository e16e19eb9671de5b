import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { storageKeys } from '@/features/storage/api/keys'
import { presetSchema } from '@/features/storage/model'
import { request } from '@/lib/api-client'

export const presetsQuery = queryOptions({
  queryKey: storageKeys.presets(),
  queryFn: ({ signal }) => request('/api/storage/s3/presets', { schema: z.array(presetSchema), signal }),
  staleTime: Infinity,
})
