import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { jobKeys } from '@/features/jobs/api/keys'
import { pageSchema, timelineEntrySchema, type TimelineEntry } from '@/features/jobs/model'
import { request } from '@/lib/api-client'

const PAGE_SIZE = 100
const timelinePageSchema = z.extend(pageSchema, { items: z.array(timelineEntrySchema) })

/** The whole history: a job has a handful of entries, so the pages behind the first are rare. */
export const timelineQuery = (id: number) =>
  queryOptions({
    queryKey: jobKeys.timeline(id),
    queryFn: async ({ signal }) => {
      const entries: TimelineEntry[] = []
      for (let page = 1, pages = 1; page <= pages; page += 1) {
        const path = `/api/jobs/${id}/timeline?pageNumber=${page}&pageSize=${PAGE_SIZE}`
        const answer = await request(path, { schema: timelinePageSchema, signal })
        entries.push(...answer.items)
        pages = answer.totalPages
      }
      return entries
    },
    staleTime: 5_000,
  })
