import { useQuery } from '@tanstack/react-query'
import { Monitor, Smartphone, Terminal } from 'lucide-react'
import { useState } from 'react'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { ErrorState, errorText } from '@/components/error-state'
import { RelativeTime } from '@/components/relative-time'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { Skeleton } from '@/components/ui/skeleton'
import { useEndOtherSessions } from '@/features/auth/api/end-other-sessions'
import { useEndSession } from '@/features/auth/api/end-session'
import { sessionsQuery } from '@/features/auth/api/get-sessions'
import { deviceWords, isHandheld } from '@/features/auth/device-words'
import type { OpenSession } from '@/features/auth/model'
import { ApiError } from '@/lib/api-error'
import { formatCount } from '@/lib/format'
import { showToast } from '@/lib/toast'

export function SessionsPanel() {
  const sessions = useQuery(sessionsQuery)
  const [asking, setAsking] = useState(false)
  const others = sessions.data?.filter(({ current }) => !current).length ?? 0
  return (
    <Panel
      title="Sessions"
      label="Sessions"
      aside={
        others > 0 && (
          <Button variant="quiet" className="-my-1 -mr-2 h-8" onClick={() => setAsking(true)}>
            End all others
          </Button>
        )
      }
    >
      {sessions.isPending ? (
        <div role="status" aria-label="Loading the sessions" className="space-y-4 p-4">
          <Skeleton className="w-2/3" />
          <Skeleton className="w-1/2" />
        </div>
      ) : !sessions.data ? (
        <ErrorState title="The sessions could not be loaded" error={sessions.error} retrying={sessions.isFetching} onRetry={() => void sessions.refetch()} />
      ) : (
        <>
          <ul aria-label="Where you are signed in" className="divide-y divide-line">
            {sessions.data.map((session) => (
              <Row key={session.id} session={session} />
            ))}
          </ul>
          {others === 0 && <p className="border-t border-line px-4 py-3 text-xs text-muted">You are signed in nowhere else.</p>}
        </>
      )}
      {asking && <EndOthers count={others} onClose={() => setAsking(false)} />}
    </Panel>
  )
}

function Row({ session }: { session: OpenSession }) {
  const end = useEndSession()
  const device = deviceWords(session.userAgent)
  const Icon = session.kind === 'token' ? Terminal : isHandheld(session.userAgent) ? Smartphone : Monitor
  const endIt = () =>
    end.mutate(session.id, {
      onSuccess: () => showToast(`The session of ${device} was ended.`),
      onError: (error) => {
        // Somebody else was faster: what was wanted is so.
        if (!(error instanceof ApiError && error.code === 'SessionNotFound')) showToast(errorText(error), 'failed')
      },
    })
  return (
    <li data-testid="session-row" data-session-id={session.id} data-current={session.current} className="flex items-center gap-3 px-4 py-3">
      <Icon aria-hidden className="size-5 shrink-0 text-muted" strokeWidth={1.75} />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-semibold [overflow-wrap:anywhere]" title={session.userAgent}>
            {device}
          </span>
          {session.current && <span className="inline-flex h-5 items-center rounded-full bg-done-soft px-2 text-xs font-semibold whitespace-nowrap text-done">This session</span>}
          {session.kind === 'token' && <span className="inline-flex h-5 items-center rounded-full bg-idle-soft px-2 text-xs whitespace-nowrap">Token of a login</span>}
        </p>
        <p className="mt-0.5 text-xs text-muted">
          <span className="num [overflow-wrap:anywhere]">{session.address || 'unknown address'}</span> · seen <RelativeTime iso={session.lastSeenAt} /> · signed in{' '}
          <RelativeTime iso={session.createdAt} />
        </p>
      </div>
      {!session.current && (
        <Button className="h-8" busy={end.isPending} onClick={endIt} aria-label={`End the session of ${device}`}>
          End
        </Button>
      )}
    </li>
  )
}

function EndOthers({ count, onClose }: { count: number; onClose: () => void }) {
  const end = useEndOtherSessions()
  const confirm = () =>
    end.mutate(undefined, {
      onSuccess: ({ revoked }) => {
        onClose()
        showToast(revoked === 0 ? 'There was no other session any more.' : `${formatCount(revoked, 'other session')} ended.`)
      },
    })
  return (
    <ConfirmDialog
      title="End all other sessions?"
      confirmLabel="End all others"
      cancelLabel="Keep them"
      busy={end.isPending}
      error={end.error ? errorText(end.error) : null}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{formatCount(count, 'browser or program', 'browsers and programs')} must sign in again. Jobs go on, and API keys keep working.</p>
    </ConfirmDialog>
  )
}
