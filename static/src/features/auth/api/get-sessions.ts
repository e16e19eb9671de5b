import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { authKeys } from '@/features/auth/api/keys'
import { openSessionSchema } from '@/features/auth/model'
import { request } from '@/lib/api-client'

/** Newest first; exactly one is this page's own. */
export const sessionsQuery = queryOptions({
  queryKey: authKeys.sessions,
  queryFn: ({ signal }) => request('/api/auth/sessions', { schema: z.array(openSessionSchema), signal }),
  staleTime: 10_000,
})
