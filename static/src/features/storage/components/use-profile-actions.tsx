import { useState } from 'react'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { errorText } from '@/components/error-state'
import { useRemoveProfile } from '@/features/storage/api/remove-profile'
import { useSetDefault } from '@/features/storage/api/set-default'
import type { Profile } from '@/features/storage/model'
import { ApiError } from '@/lib/api-error'
import { showToast } from '@/lib/toast'

/** Make the default at once, disconnect after a question. The caller draws `dialog` where it likes. */
export function useProfileActions(onRemoved?: () => void) {
  const [asking, setAsking] = useState<Profile | null>(null)
  const setDefault = useSetDefault()
  const remove = useRemoveProfile()
  const makeDefault = (profile: Profile) =>
    setDefault.mutate(profile.id, {
      onSuccess: () => showToast(`${profile.profileName} is the default now.`),
      onError: (error) => showToast(errorText(error), 'failed'),
    })
  const askRemove = (profile: Profile) => {
    remove.reset()
    setAsking(profile)
  }
  const confirm = () => {
    if (!asking) return
    remove.mutate(asking.id, {
      onSuccess: () => {
        setAsking(null)
        showToast(`${asking.profileName} was disconnected.`)
        onRemoved?.()
      },
    })
  }
  const dialog = asking && (
    <ConfirmDialog
      title="Disconnect this storage?"
      confirmLabel="Disconnect"
      cancelLabel="Keep it"
      busy={remove.isPending}
      error={remove.error ? removalError(remove.error) : null}
      onConfirm={confirm}
      onClose={() => setAsking(null)}
    >
      <p className="font-semibold text-text [overflow-wrap:anywhere]">{asking.profileName}</p>
      <p className="mt-1">New jobs can no longer use it. Files that are already there stay there, and finished jobs stay in the list.</p>
      {asking.providerType === 'GoogleDrive' && <p className="mt-1">The access that Google gave for it is taken back.</p>}
      {asking.isDefault && <p className="mt-1">It is the default; the oldest of the others takes its place.</p>}
    </ConfirmDialog>
  )
  return { makeDefault, settingDefault: setDefault.isPending, askRemove, dialog }
}

function removalError(error: Error): string {
  if (error instanceof ApiError && error.code === 'ProfileInUse') {
    return 'Active jobs use this storage. Cancel them or wait until they have ended, then disconnect it.'
  }
  return errorText(error)
}
