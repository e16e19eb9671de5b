import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { storageKeys } from '@/features/storage/api/keys'
import { profileSchema } from '@/features/storage/model'
import { request } from '@/lib/api-client'

export const profilesQuery = queryOptions({
  queryKey: storageKeys.profiles(),
  queryFn: ({ signal }) => request('/api/storage/profiles', { schema: z.array(profileSchema), signal }),
  staleTime: 10_000,
})
