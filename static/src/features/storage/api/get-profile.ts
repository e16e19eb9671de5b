import { queryOptions } from '@tanstack/react-query'
import { storageKeys } from '@/features/storage/api/keys'
import { profileSchema } from '@/features/storage/model'
import { request } from '@/lib/api-client'

export const profileQuery = (id: number) =>
  queryOptions({
    queryKey: storageKeys.profile(id),
    queryFn: ({ signal }) => request(`/api/storage/profiles/${id}`, { schema: profileSchema, signal }),
    staleTime: 10_000,
  })
