import { useQuery } from '@tanstack/react-query'
import { ErrorState } from '@/components/error-state'
import { RelativeTime, Until } from '@/components/relative-time'
import { Meter } from '@/components/ui/meter'
import { Panel } from '@/components/ui/panel'
import { Skeleton } from '@/components/ui/skeleton'
import { usageQuery } from '@/features/storage/api/get-usage'
import type { Usage } from '@/features/storage/model'
import { formatBytes, formatBytesOf } from '@/lib/format'

/** From here on it is worth a look. */
const NEARLY_FULL = 0.9

/** How full the Google account is, and how much it took within a day: both make uploads wait. */
export function UsagePanel({ id }: { id: number }) {
  const usage = useQuery(usageQuery(id))
  return (
    <Panel title="Usage" label="Usage">
      {usage.isPending ? (
        <div role="status" aria-label="Loading the usage" className="space-y-5 p-4">
          <Skeleton className="h-8" />
          <Skeleton className="h-8" />
        </div>
      ) : usage.data ? (
        <div className="space-y-5 p-4">
          <Storage storage={usage.data.storage} />
          <Day day={usage.data.day} />
        </div>
      ) : (
        <ErrorState title="The usage could not be loaded" error={usage.error} retrying={usage.isFetching} onRetry={() => void usage.refetch()} />
      )}
    </Panel>
  )
}

function Storage({ storage }: { storage: Usage['storage'] }) {
  if (storage === null || storage.usedBytes === null) return <p className="text-muted">How full it is, Google does not tell: of a shared drive never, of an account at times not.</p>
  const { limitBytes, usedBytes, checkedAt } = storage
  const checked = checkedAt && (
    <p className="mt-1.5 text-xs text-muted">
      Told by Google <RelativeTime iso={checkedAt} />
    </p>
  )
  if (limitBytes === null) {
    return (
      <div>
        <p className="num flex justify-between gap-3">
          Storage <span className="text-muted">{formatBytes(usedBytes)} used, no limit</span>
        </p>
        {checked}
      </div>
    )
  }
  const free = storage.freeBytes ?? Math.max(0, limitBytes - usedBytes)
  const share = limitBytes > 0 ? usedBytes / limitBytes : 1
  return (
    <div>
      <Meter label="Storage" text={`${formatBytesOf(usedBytes, limitBytes)} used, ${formatBytes(free)} free`} share={share} tone={toneOf(share)} />
      {checked}
    </div>
  )
}

function Day({ day: { sentBytes, limitBytes, freeAt } }: { day: Usage['day'] }) {
  const share = limitBytes > 0 ? sentBytes / limitBytes : 0
  return (
    <div>
      <Meter label="Sent in 24 hours" text={formatBytesOf(sentBytes, limitBytes)} share={share} tone={share >= 1 ? 'waiting' : toneOf(share)} />
      <p className="mt-1.5 text-xs text-muted">
        {freeAt ? (
          <>
            There is room again <Until iso={freeAt} />.
          </>
        ) : (
          'Google takes no more than this from one account; after it, uploads wait and go on by themselves.'
        )}
      </p>
    </div>
  )
}

function toneOf(share: number): 'moving' | 'waiting' | 'failed' {
  if (share >= 1) return 'failed'
  return share >= NEARLY_FULL ? 'waiting' : 'moving'
}
