import { useQuery } from '@tanstack/react-query'
import { ErrorState } from '@/components/error-state'
import { RelativeTime } from '@/components/relative-time'
import { Panel } from '@/components/ui/panel'
import { Skeleton } from '@/components/ui/skeleton'
import { timelineQuery } from '@/features/jobs/api/get-timeline'
import { pollInterval, useStreamState } from '@/features/jobs/live/stream-state'
import type { Job, TimelineEntry } from '@/features/jobs/model'
import { statusTable, type Tone } from '@/features/jobs/status'
import { cleanupWords, metadataLines, timelineSentence } from '@/features/jobs/timeline-words'
import { parseJson } from '@/lib/api-error'
import { cn } from '@/lib/cn'
import { formatDuration, parseDuration } from '@/lib/format'

const dot: Record<Tone, string> = { idle: 'bg-idle', moving: 'bg-moving', waiting: 'bg-waiting', failed: 'bg-failed', done: 'bg-done' }

export function Timeline({ job }: { job: Job }) {
  const stream = useStreamState()
  const timeline = useQuery({ ...timelineQuery(job.id), refetchInterval: pollInterval(stream, job.isActive) })
  return (
    <Panel label="Timeline" title="Timeline">
      {timeline.isPending ? (
        <div role="status" aria-label="Loading the timeline" className="space-y-4 p-4">
          <Skeleton className="w-2/3" />
          <Skeleton className="w-1/2" />
          <Skeleton className="w-3/5" />
        </div>
      ) : timeline.isError && !timeline.data ? (
        <ErrorState title="The timeline could not be loaded" error={timeline.error} retrying={timeline.isFetching} onRetry={() => void timeline.refetch()} />
      ) : timeline.data.length === 0 ? (
        <p className="px-4 py-6 text-muted">Nothing has happened yet.</p>
      ) : (
        <ol className="p-4">
          {timeline.data.map((entry, index) => (
            <Entry key={`${entry.changedAt}-${index}`} entry={entry} last={index === timeline.data.length - 1} />
          ))}
        </ol>
      )}
    </Panel>
  )
}

function Entry({ entry, last }: { entry: TimelineEntry; last: boolean }) {
  const tone = entry.source === 'Recovery' ? 'waiting' : statusTable[entry.toStatus].tone
  const took = entry.durationFromPrevious === null ? null : parseDuration(entry.durationFromPrevious)
  const metadata = parseJson(entry.metadataJson ?? '')
  const details = metadataLines(metadata)
  const cleaned = cleanupWords(metadata)
  return (
    <li className={cn('relative pl-5', !last && 'pb-4')}>
      {!last && <span aria-hidden className="absolute top-3 bottom-[-0.35rem] left-[3px] w-px bg-line" />}
      <span aria-hidden className={cn('absolute top-1.5 left-0 size-[7px] rounded-full', dot[tone])} />
      <p>{timelineSentence(entry)}</p>
      <p className="text-xs text-muted">
        <RelativeTime iso={entry.changedAt} />
        {took !== null && took > 0 && <span className="num"> · after {formatDuration(took)}</span>}
      </p>
      {cleaned && <p className="mt-1 text-xs [overflow-wrap:anywhere]">{cleaned}</p>}
      {entry.errorMessage && <p className="mt-1 text-xs text-failed [overflow-wrap:anywhere]">{entry.errorMessage}</p>}
      {details.length > 0 && (
        <details className="mt-1 text-xs text-muted">
          <summary className="w-fit cursor-pointer select-none hover:text-text">Details</summary>
          <dl className="mt-1 space-y-0.5">
            {details.map(([label, value]) => (
              <div key={label} className="flex gap-2">
                <dt className="shrink-0">{label}</dt>
                <dd className="num min-w-0 text-text [overflow-wrap:anywhere]">{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </li>
  )
}
