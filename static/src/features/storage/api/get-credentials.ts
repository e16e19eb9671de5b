import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { storageKeys } from '@/features/storage/api/keys'
import { credentialSchema } from '@/features/storage/model'
import { request } from '@/lib/api-client'

export const credentialsQuery = queryOptions({
  queryKey: storageKeys.credentials(),
  queryFn: ({ signal }) => request('/api/storage/gdrive/credentials', { schema: z.array(credentialSchema), signal }),
  staleTime: 10_000,
})
