import { useNow } from '@/hooks/use-now'
import { formatAbsolute, formatRelative } from '@/lib/format'

/** "3 m ago", with the exact moment on hover. */
export function RelativeTime({ iso }: { iso: string }) {
  const now = useNow()
  return (
    <time dateTime={iso} title={formatAbsolute(iso)} className="num whitespace-nowrap">
      {formatRelative(iso, now)}
    </time>
  )
}
