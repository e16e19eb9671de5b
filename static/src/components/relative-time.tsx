import { useNow } from '@/hooks/use-now'
import { formatAbsolute, formatRelative } from '@/lib/format'

/** A moment to come: "in 40 s"; once it is due it is simply about to happen. */
export function Until({ iso }: { iso: string }) {
  const now = useNow()
  return Date.parse(iso) > now ? <RelativeTime iso={iso} /> : <>any moment now</>
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
