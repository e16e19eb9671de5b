import type { JobsFilter } from '@/features/jobs/filter'

export const jobKeys = {
  all: ['jobs'] as const,
  lists: () => [...jobKeys.all, 'list'] as const,
  list: (filter: JobsFilter) => [...jobKeys.lists(), filter] as const,
  details: () => [...jobKeys.all, 'detail'] as const,
  detail: (id: number) => [...jobKeys.details(), id] as const,
  /** Below the detail: what makes that stale has changed the proof too. */
  manifest: (id: number) => [...jobKeys.detail(id), 'manifest'] as const,
  timelines: () => [...jobKeys.all, 'timeline'] as const,
  timeline: (id: number) => [...jobKeys.timelines(), id] as const,
  statistics: () => [...jobKeys.all, 'statistics'] as const,
}
