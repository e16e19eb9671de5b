import { useNow } from '@/hooks/use-now'
import { formatAbsolute, formatClock, formatRelative } from '@/lib/format'

/** Nobody looks at a clock for what comes sooner. */
const WORTH_A_CLOCK_MS = 120_000

/** A moment to come: "in 40 s", "at 03:20, in 5 h"; once it is due it is simply about to happen. */
export function Until({ iso }: { iso: string }) {
  const now = useNow()
  const away = Date.parse(iso) - now
  if (!(away > 0)) return <>any moment now</>
  return (
    <>
      {away >= WORTH_A_CLOCK_MS && `${formatClock(iso, now)}, `}
      <RelativeTime iso={iso} />
    </>
  )
}

/** "3 m ago", with the exact moment on hover. */
export function RelativeTime({ iso }: { iso: string }) {
  const now = useNow()
  return (
    <time dateTime={iso} title={formatAbsolute(iso)} className="num whitespace-nowrap">
      {formatRelative(iso, now)}
    </time>
  )
}
