import { useQuery } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { EmptyState } from '@/components/empty-state'
import { ErrorState, errorText } from '@/components/error-state'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { Skeleton } from '@/components/ui/skeleton'
import { apiKeysQuery } from '@/features/api-keys/api/get-api-keys'
import { useRevokeApiKey } from '@/features/api-keys/api/revoke-api-key'
import { CreateKeyDialog } from '@/features/api-keys/components/create-key-dialog'
import { KeyRow } from '@/features/api-keys/components/key-row'
import { NewKey } from '@/features/api-keys/components/new-key'
import type { ApiKey, CreatedKey } from '@/features/api-keys/model'
import { ApiError } from '@/lib/api-error'
import { showToast } from '@/lib/toast'

export function ApiKeys() {
  const keys = useQuery(apiKeysQuery)
  const [creating, setCreating] = useState(false)
  const [created, setCreated] = useState<CreatedKey | null>(null)
  const [asking, setAsking] = useState<ApiKey | null>(null)
  return (
    <Panel
      title="API keys"
      label="API keys"
      aside={
        keys.data &&
        keys.data.length > 0 && (
          <Button variant="quiet" className="-my-1 -mr-2 h-8" onClick={() => setCreating(true)}>
            <Plus aria-hidden />
            New key
          </Button>
        )
      }
    >
      {created && <NewKey created={created} onDone={() => setCreated(null)} />}
      {keys.isPending ? (
        <div role="status" aria-label="Loading the API keys" className="space-y-4 p-4">
          <Skeleton className="w-2/3" />
          <Skeleton className="w-1/2" />
        </div>
      ) : !keys.data ? (
        <ErrorState title="The API keys could not be loaded" error={keys.error} retrying={keys.isFetching} onRetry={() => void keys.refetch()} />
      ) : keys.data.length === 0 ? (
        <EmptyState
          icon={KeyRound}
          title="There is no API key"
          action={
            <Button variant="primary" onClick={() => setCreating(true)}>
              New key
            </Button>
          }
        >
          A key lets a script or another program use TorrentClou in your name, without your password. The <Docs /> says what it can do.
        </EmptyState>
      ) : (
        <>
          <ul aria-label="API keys" className="divide-y divide-line">
            {keys.data.map((key) => (
              <KeyRow key={key.id} apiKey={key} onRevoke={() => setAsking(key)} />
            ))}
          </ul>
          <p className="border-t border-line px-4 py-3 text-xs text-muted">
            What a key can call is described in the <Docs />.
          </p>
        </>
      )}
      {creating && (
        <CreateKeyDialog
          onClose={() => setCreating(false)}
          onCreated={(key) => {
            setCreating(false)
            setCreated(key)
          }}
        />
      )}
      {asking && (
        <Revoke
          apiKey={asking}
          onRevoked={() => {
            if (created?.id === asking.id) setCreated(null)
            setAsking(null)
          }}
          onClose={() => setAsking(null)}
        />
      )}
    </Panel>
  )
}

/** A page of the server, not of this app. */
function Docs() {
  return (
    <a href="/api/docs" className="rounded-sm font-semibold text-action underline underline-offset-2">
      API documentation
    </a>
  )
}

function Revoke({ apiKey, onRevoked, onClose }: { apiKey: ApiKey; onRevoked: () => void; onClose: () => void }) {
  const revoke = useRevokeApiKey()
  const done = () => {
    onRevoked()
    showToast(`${apiKey.name} was revoked.`)
  }
  const confirm = () =>
    revoke.mutate(apiKey.id, {
      onSuccess: done,
      onError: (error) => {
        if (error instanceof ApiError && error.code === 'ApiKeyNotFound') done()
      },
    })
  return (
    <ConfirmDialog
      title="Revoke this key?"
      confirmLabel="Revoke"
      cancelLabel="Keep it"
      busy={revoke.isPending}
      error={revoke.error ? errorText(revoke.error) : null}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p className="font-semibold text-text [overflow-wrap:anywhere]">{apiKey.name}</p>
      <p className="mt-1">Programs that use it are refused from now on. A revoked key cannot be brought back.</p>
    </ConfirmDialog>
  )
}
