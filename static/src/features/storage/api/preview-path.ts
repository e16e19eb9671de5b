import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { storageKeys } from '@/features/storage/api/keys'
import { pathPreviewSchema } from '@/features/storage/model'
import { request } from '@/lib/api-client'

/** The server's own rules decide what a template means; the last answer stays until the next one is there. */
export const pathPreviewQuery = (template: string) =>
  queryOptions({
    queryKey: storageKeys.pathPreview(template),
    queryFn: ({ signal }) =>
      request('/api/storage/s3/preview-path', { method: 'POST', body: { s3PathTemplate: template }, schema: pathPreviewSchema, signal }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  })
