import { queryOptions } from '@tanstack/react-query'
import { storageKeys } from '@/features/storage/api/keys'
import { usageSchema } from '@/features/storage/model'
import { request } from '@/lib/api-client'

/** Google itself is asked, so not with every visit. */
export const usageQuery = (id: number) =>
  queryOptions({
    queryKey: storageKeys.usage(id),
    queryFn: ({ signal }) => request(`/api/storage/profiles/${id}/usage`, { schema: usageSchema, signal }),
    staleTime: 60_000,
  })
