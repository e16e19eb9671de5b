import { useSearchParams } from 'react-router'
import { JOB_STATUSES, type JobStatus } from '@/features/jobs/status'

export type JobsFilter = { status: JobStatus | null; page: number; size: number; q: string }

export const PAGE_SIZES = [10, 25, 50] as const
const DEFAULT_SIZE = 25

/** Reads the filter from an address; whatever is not understood falls back to its default. */
export function parseFilter(params: URLSearchParams): JobsFilter {
  const size = Number(params.get('size'))
  const page = Number(params.get('page'))
  return {
    status: JOB_STATUSES.find((status) => status === params.get('status')) ?? null,
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
    size: PAGE_SIZES.find((known) => known === size) ?? DEFAULT_SIZE,
    q: params.get('q')?.trim() ?? '',
  }
}

/** Writes it back; defaults are left out, so that the plain address means "everything, newest first". */
export function filterParams({ status, page, size, q }: JobsFilter): URLSearchParams {
  const params = new URLSearchParams()
  if (q) params.set('q', q)
  if (status) params.set('status', status)
  if (page > 1) params.set('page', String(page))
  if (size !== DEFAULT_SIZE) params.set('size', String(size))
  return params
}

/** The filter lives in the URL and nowhere else. Anything but a change of page starts at the first page. */
export function useJobsFilter() {
  const [params, setParams] = useSearchParams()
  const filter = parseFilter(params)
  const change = (patch: Partial<JobsFilter>) => setParams(filterParams({ ...filter, page: 1, ...patch }))
  return { filter, change }
}
