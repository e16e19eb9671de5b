import { TriangleAlert } from 'lucide-react'
import { RelativeTime } from '@/components/relative-time'
import { Button } from '@/components/ui/button'
import type { ApiKey } from '@/features/api-keys/model'
import { scopeTable } from '@/features/api-keys/scopes'
import { useNow } from '@/hooks/use-now'

export function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  return (
    <li data-testid="api-key-row" data-key-id={apiKey.id} className="flex items-center gap-3 px-4 py-3">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-semibold [overflow-wrap:anywhere]">{apiKey.name}</span>
          {apiKey.scopes.map((scope) => (
            <span key={scope} title={scopeTable[scope].explanation} className="inline-flex h-5 items-center rounded-full bg-idle-soft px-2 text-xs whitespace-nowrap">
              {scopeTable[scope].label}
            </span>
          ))}
        </p>
        <p className="mt-0.5 text-xs text-muted">
          <code className="font-mono">{apiKey.prefix}…</code> · made <RelativeTime iso={apiKey.createdAt} /> ·{' '}
          {apiKey.lastUsedAt === null ? (
            'never used'
          ) : (
            <>
              used <RelativeTime iso={apiKey.lastUsedAt} />
            </>
          )}
          {' · '}
          <Expiry iso={apiKey.expiresAt} />
        </p>
      </div>
      <Button className="h-8" onClick={onRevoke} aria-label={`Revoke ${apiKey.name}`}>
        Revoke
      </Button>
    </li>
  )
}

function Expiry({ iso }: { iso: string | null }) {
  const now = useNow()
  if (iso === null) return 'does not expire'
  if (Date.parse(iso) > now) {
    return (
      <>
        expires <RelativeTime iso={iso} />
      </>
    )
  }
  return (
    <span className="font-semibold whitespace-nowrap text-waiting">
      <TriangleAlert aria-hidden className="mr-1 inline size-3.5 align-[-0.15em]" />
      expired <RelativeTime iso={iso} />
    </span>
  )
}
