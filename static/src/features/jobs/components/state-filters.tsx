import { useQuery } from '@tanstack/react-query'
import { Skeleton } from '@/components/ui/skeleton'
import { statisticsQuery } from '@/features/jobs/api/get-statistics'
import { pollInterval, useStreamState } from '@/features/jobs/live/stream-state'
import { JOB_STATUSES, type JobStatus, statusTable } from '@/features/jobs/status'
import { cn } from '@/lib/cn'

type StateFiltersProps = { value: JobStatus | null; onChange: (status: JobStatus | null) => void }

/** One chip per status that any job has, in the order of a job's life, with its count. */
export function StateFilters({ value, onChange }: StateFiltersProps) {
  const stream = useStreamState()
  const statistics = useQuery({
    ...statisticsQuery,
    refetchInterval: (query) => pollInterval(stream, (query.state.data?.activeJobs ?? 0) > 0),
  })
  // Without counts the page still works, and the list below says what is wrong.
  if (statistics.isError) return null
  if (!statistics.data) {
    return (
      <div className="flex gap-2" aria-hidden>
        <Skeleton className="h-8 w-20 rounded-full" />
        <Skeleton className="h-8 w-32 rounded-full" />
        <Skeleton className="h-8 w-24 rounded-full" />
      </div>
    )
  }
  const counts = new Map(statistics.data.statusFilters.map(({ status, count }) => [status, count]))
  const shown = JOB_STATUSES.filter((status) => counts.has(status) || status === value)
  if (statistics.data.totalJobs === 0 && value === null) return null
  return (
    <div
      role="group"
      aria-label="Filter by state"
      className="-mx-4 flex gap-2 overflow-x-auto px-4 py-1 [scrollbar-width:none] md:mx-0 md:flex-wrap md:px-0"
    >
      <Chip active={value === null} label="All" count={statistics.data.totalJobs} onClick={() => onChange(null)} />
      {shown.map((status) => (
        <Chip
          key={status}
          active={value === status}
          label={chipLabel(status)}
          count={counts.get(status) ?? 0}
          onClick={() => onChange(value === status ? null : status)}
        />
      ))}
    </div>
  )
}

/** Two statuses share a label; only one of them is still written. */
function chipLabel(status: JobStatus): string {
  return status === 'GOOGLE_DRIVE_FAILED' ? 'Drive upload failed' : statusTable[status].label
}

function Chip({ active, label, count, onClick }: { active: boolean; label: string; count: number; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-pressed={active}
      onClick={onClick}
      className={cn(
        'inline-flex h-8 shrink-0 items-center gap-1.5 rounded-full border px-3 text-sm whitespace-nowrap transition-colors',
        active ? 'border-action bg-moving-soft font-semibold text-text' : 'border-line bg-surface text-muted hover:bg-hover hover:text-text',
      )}
    >
      {label}
      <span className="num text-xs">{count}</span>
    </button>
  )
}
