import { queryOptions } from '@tanstack/react-query'
import { jobKeys } from '@/features/jobs/api/keys'
import { manifestSchema } from '@/features/jobs/proof/model'
import { request } from '@/lib/api-client'

export const manifestQuery = (id: number) =>
  queryOptions({
    queryKey: jobKeys.manifest(id),
    queryFn: ({ signal }) => request(`/api/jobs/${id}/manifest`, { schema: manifestSchema, signal }),
    staleTime: 5_000,
  })

/** Downloads, which the server names after the torrent. */
export const manifestHref = (id: number, format: 'json' | 'sha256sum') => `/api/jobs/${id}/manifest?format=${format}`
