import type { QueryClient } from '@tanstack/react-query'
import type { JobsPage } from '@/features/jobs/api/get-jobs'
import { jobKeys } from '@/features/jobs/api/keys'
import type { Job, JobDetail, JobEvent } from '@/features/jobs/model'
import { isActive, statusTable } from '@/features/jobs/status'

function merge<T extends Job>(job: T, event: JobEvent): T {
  const { at, ...progress } = event
  const status = event.status ?? job.status
  const { canCancel, canRetry } = statusTable[status]
  return { ...job, ...progress, updatedAt: at, isActive: isActive(status), canCancel, canRetry }
}

/** Writes the newest event of each job into the lists and details that show it. */
export function applyEvents(client: QueryClient, events: ReadonlyMap<number, JobEvent>): void {
  client.setQueriesData<JobsPage>({ queryKey: jobKeys.lists() }, (page) => {
    if (!page?.items.some((job) => events.has(job.id))) return page
    return { ...page, items: page.items.map((job) => mergeIfNew(job, events.get(job.id))) }
  })
  for (const [id, event] of events) {
    client.setQueryData<JobDetail>(jobKeys.detail(id), (job) => job && mergeIfNew(job, event))
  }
}

function mergeIfNew<T extends Job>(job: T, event: JobEvent | undefined): T {
  if (!event) return job
  // A refetch may have overtaken the event on its way.
  if (job.updatedAt && Date.parse(event.at) < Date.parse(job.updatedAt)) return job
  return merge(job, event)
}

/** After a change of status, or for a job not heard of before, the truth is fetched: members that events do not carry have changed too. */
export function refetchAfterChange(client: QueryClient, changed: readonly number[]): void {
  if (changed.length === 0) return
  void client.invalidateQueries({ queryKey: jobKeys.lists() })
  void client.invalidateQueries({ queryKey: jobKeys.statistics() })
  for (const id of changed) {
    void client.invalidateQueries({ queryKey: jobKeys.detail(id) })
    void client.invalidateQueries({ queryKey: jobKeys.timeline(id) })
  }
}
