import { Ellipsis, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { errorText } from '@/components/error-state'
import { RelativeTime } from '@/components/relative-time'
import { IconButton } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import { useDeleteCredential } from '@/features/storage/api/delete-credential'
import { CredentialDialog } from '@/features/storage/components/google/credential-dialog'
import type { Credential } from '@/features/storage/model'
import { ApiError } from '@/lib/api-error'
import { showToast } from '@/lib/toast'

export function CredentialList({ credentials }: { credentials: readonly Credential[] }) {
  const [editing, setEditing] = useState<Credential | null>(null)
  const [asking, setAsking] = useState<Credential | null>(null)
  const remove = useDeleteCredential()
  const confirm = () => {
    if (!asking) return
    remove.mutate(asking.id, {
      onSuccess: () => {
        setAsking(null)
        showToast(`${asking.name} was deleted.`)
      },
    })
  }
  return (
    <>
      <ul aria-label="Saved credentials" className="divide-y divide-line">
        {credentials.map((credential) => (
          <Row
            key={credential.id}
            credential={credential}
            onEdit={() => setEditing(credential)}
            onDelete={() => {
              remove.reset()
              setAsking(credential)
            }}
          />
        ))}
      </ul>
      {editing && <CredentialDialog credential={editing} onClose={() => setEditing(null)} />}
      {asking && (
        <ConfirmDialog
          title="Delete these credentials?"
          confirmLabel="Delete"
          cancelLabel="Keep them"
          busy={remove.isPending}
          error={remove.error ? refusal(remove.error) : null}
          onConfirm={confirm}
          onClose={() => setAsking(null)}
        >
          <p className="font-semibold text-text [overflow-wrap:anywhere]">{asking.name}</p>
          <p className="mt-1">The client ID and its secret are removed from this server. The client at Google stays; delete it there as well if nothing else uses it.</p>
        </ConfirmDialog>
      )}
    </>
  )
}

function refusal(error: Error): string {
  if (error instanceof ApiError && error.code === 'CredentialInUse') {
    return 'A connected storage signs in with these credentials. Disconnect that storage first; then they can be deleted.'
  }
  return errorText(error)
}

function Row({ credential, onEdit, onDelete }: { credential: Credential; onEdit: () => void; onDelete: () => void }) {
  return (
    <li data-testid="credential-row" data-credential-id={credential.id} className="flex items-start gap-3 px-4 py-3">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-semibold [overflow-wrap:anywhere]">
          {credential.name}
          {credential.inUse && <span className="inline-flex h-5 items-center rounded-full bg-idle-soft px-2 text-xs whitespace-nowrap">In use</span>}
        </p>
        <p className="mt-0.5 font-mono text-xs break-all text-muted">{credential.clientIdMasked}</p>
        <p className="mt-0.5 text-xs break-all text-muted">{credential.redirectUri}</p>
        <p className="mt-0.5 text-xs text-muted">
          saved <RelativeTime iso={credential.createdAt} />
        </p>
      </div>
      <div className="-mt-1.5 -mr-2">
        <Menu
          label={`Actions for ${credential.name}`}
          trigger={
            <IconButton label={`Actions for ${credential.name}`}>
              <Ellipsis aria-hidden />
            </IconButton>
          }
        >
          <MenuItem onSelect={onEdit}>
            <Pencil aria-hidden />
            Edit
          </MenuItem>
          <MenuItem tone="danger" onSelect={onDelete}>
            <Trash2 aria-hidden />
            Delete
          </MenuItem>
        </Menu>
      </div>
    </li>
  )
}
