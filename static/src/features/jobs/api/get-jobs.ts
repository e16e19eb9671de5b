import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { jobKeys } from '@/features/jobs/api/keys'
import { liveStore } from '@/features/jobs/live/live-store'
import { type Job, jobSchema, pageSchema } from '@/features/jobs/model'
import type { JobsFilter } from '@/features/jobs/filter'
import type { JobStatus } from '@/features/jobs/status'
import { request } from '@/lib/api-client'

export type JobsPage = {
  items: Job[]
  /** Jobs behind the pager: all of the filter, or all that match the search. */
  totalCount: number
  totalPages: number
  page: number
  size: number
  /** Rows of this answer that could not be read. */
  unreadable: number
  /** When searching: how many of the newest jobs were looked at, if not all. */
  searchedNewest: number | null
}

const SEARCH_PAGE = 100
const SEARCH_PAGES = 10

async function fetchPage(status: JobStatus | null, page: number, size: number, signal: AbortSignal) {
  const query = new URLSearchParams({ pageNumber: String(page), pageSize: String(size) })
  if (status) query.set('status', status)
  const answer = await request(`/api/jobs?${query}`, { schema: pageSchema, signal })
  const items = answer.items.flatMap((item) => {
    const parsed = jobSchema.safeParse(item)
    return parsed.success ? [parsed.data] : []
  })
  liveStore.recordJobs(items)
  return { ...answer, items, unreadable: answer.items.length - items.length }
}

/** The API has no search of its own: the newest thousand jobs are read and filtered here, and the answer says when that was not all. */
async function searchJobs({ status, q, page, size }: JobsFilter, signal: AbortSignal): Promise<JobsPage> {
  const wanted = q.toLocaleLowerCase()
  const found: Job[] = []
  let unreadable = 0
  let totalCount = 0
  let searched = 0
  for (let number = 1; number <= SEARCH_PAGES; number += 1) {
    const answer = await fetchPage(status, number, SEARCH_PAGE, signal)
    found.push(...answer.items.filter((job) => matches(job, wanted)))
    unreadable += answer.unreadable
    totalCount = answer.totalCount
    searched += answer.items.length + answer.unreadable
    if (number >= answer.totalPages) break
  }
  const totalPages = Math.ceil(found.length / size)
  return {
    items: found.slice((page - 1) * size, page * size),
    totalCount: found.length,
    totalPages,
    page,
    size,
    unreadable,
    searchedNewest: searched < totalCount ? searched : null,
  }
}

function matches(job: Job, wanted: string): boolean {
  return [job.requestFileName, job.storageProfileName, job.infoHash].some((part) => part?.toLocaleLowerCase().includes(wanted))
}

async function getJobs(filter: JobsFilter, signal: AbortSignal): Promise<JobsPage> {
  if (filter.q) return searchJobs(filter, signal)
  const { items, totalCount, totalPages, pageNumber, pageSize, unreadable } = await fetchPage(filter.status, filter.page, filter.size, signal)
  return { items, totalCount, totalPages, page: pageNumber, size: pageSize, unreadable, searchedNewest: null }
}

export const jobsQuery = (filter: JobsFilter) =>
  queryOptions({
    queryKey: jobKeys.list(filter),
    queryFn: ({ signal }) => getJobs(filter, signal),
    placeholderData: keepPreviousData,
    staleTime: 2_000,
  })
