import { ArrowDown, ArrowUp } from 'lucide-react'
import type { ReactNode } from 'react'
import { Until } from '@/components/relative-time'
import { Panel } from '@/components/ui/panel'
import { SpeedChart } from '@/features/jobs/components/speed-chart'
import { toneText } from '@/features/jobs/components/state'
import { type Direction, laneOf } from '@/features/jobs/lane'
import { useSamples } from '@/features/jobs/live/use-live-data'
import type { JobDetail } from '@/features/jobs/model'
import { cn } from '@/lib/cn'
import { formatBytesOf, formatCount, formatDuration, formatPercent, formatSpeed } from '@/lib/format'

const lanes = {
  download: { title: 'Download', icon: ArrowDown, key: 'down' },
  upload: { title: 'Upload', icon: ArrowUp, key: 'up' },
} as const

export function Lane({ job, direction }: { job: JobDetail; direction: Direction }) {
  const samples = useSamples(job.id)
  const lane = laneOf(job, direction)
  const { title, icon: Icon, key } = lanes[direction]
  const running = lane.phase.state === 'active'
  return (
    <Panel
      label={title}
      title={
        <span className="flex items-center gap-2">
          <Icon aria-hidden className="size-4 text-muted" />
          {title}
        </span>
      }
      aside={<span className={cn('text-xs font-semibold', toneText[lane.tone])}>{lane.word}</span>}
    >
      <div className="p-4">
        <p className="num flex flex-wrap items-baseline justify-between gap-x-3">
          <span className="text-lg font-semibold">{formatPercent(lane.bytes, job.totalBytes)}</span>
          <span className="text-muted">{job.totalBytes > 0 ? formatBytesOf(lane.bytes, job.totalBytes) : 'size not known yet'}</span>
        </p>
        <dl className="mt-3 grid grid-cols-3 gap-2">
          <Fact term="Speed">{running ? formatSpeed(lane.speed) : '–'}</Fact>
          <Fact term="Time left">{lane.etaSeconds === null ? '–' : formatDuration(lane.etaSeconds)}</Fact>
          {direction === 'download' ? (
            <Fact term="Peers">{running ? `${job.peers}, ${job.seeds} complete` : '–'}</Fact>
          ) : (
            <Fact term="To">{job.storageProfileName ?? '–'}</Fact>
          )}
        </dl>
        {(running || samples.some((sample) => sample[key] > 0)) && <SpeedChart samples={samples} direction={key} label={`${title} speed`} />}
        {lane.tone === 'waiting' && lane.phase.nextRetryAt && (
          <p className="mt-2 text-xs text-waiting">
            Next try <Until iso={lane.phase.nextRetryAt} />
            {lane.phase.attempts > 0 && `, after ${formatCount(lane.phase.attempts, 'failed one')}`}.
          </p>
        )}
      </div>
    </Panel>
  )
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{term}</dt>
      <dd className="num truncate">{children}</dd>
    </div>
  )
}
