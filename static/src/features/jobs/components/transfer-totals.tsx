import { useTransferTotals } from '@/features/jobs/live/use-live-data'
import { useStreamState } from '@/features/jobs/live/stream-state'
import { formatSpeed } from '@/lib/format'

/** Everything that moves right now, of all jobs. */
export function TransferTotals() {
  const { down, up } = useTransferTotals()
  const stream = useStreamState()
  const how = stream === 'live' ? 'Live' : 'Live updates are away; the pages ask every few seconds'
  return (
    <p title={`All jobs now. ${how}.`} className="num flex items-center gap-x-3 text-xs whitespace-nowrap text-muted">
      <span className="sr-only">{`All jobs now: download ${formatSpeed(down)}, upload ${formatSpeed(up)}`}</span>
      <span aria-hidden className="min-w-20 text-right">
        ↓ {formatSpeed(down)}
      </span>
      <span aria-hidden className="min-w-20 text-right">
        ↑ {formatSpeed(up)}
      </span>
    </p>
  )
}
