import { useQuery } from '@tanstack/react-query'
import { Database } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { EmptyState } from '@/components/empty-state'
import { ErrorState, errorText } from '@/components/error-state'
import { buttonClass } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { Skeleton } from '@/components/ui/skeleton'
import { paths } from '@/config/paths'
import { profilesQuery } from '@/features/storage/api/get-profiles'
import { useRemoveProfile } from '@/features/storage/api/remove-profile'
import { useSetDefault } from '@/features/storage/api/set-default'
import { ProfileCard } from '@/features/storage/components/profile-card'
import type { Profile } from '@/features/storage/model'
import { showToast } from '@/lib/toast'

export function ProfileList() {
  const profiles = useQuery(profilesQuery)
  if (profiles.isPending) {
    return (
      <div role="status" aria-label="Loading storages" className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        <Skeleton className="h-28 rounded-md" />
        <Skeleton className="h-28 rounded-md" />
      </div>
    )
  }
  if (profiles.isError && !profiles.data) {
    return (
      <Panel>
        <ErrorState title="The storages could not be loaded" error={profiles.error} retrying={profiles.isFetching} onRetry={() => void profiles.refetch()} />
      </Panel>
    )
  }
  if (profiles.data.length === 0) {
    return (
      <Panel>
        <EmptyState
          icon={Database}
          title="No storage is connected"
          action={
            <Link to={paths.newStorage.href()} className={buttonClass('primary')}>
              Connect a storage
            </Link>
          }
        >
          Torrents are uploaded to a storage of your own: any S3-compatible bucket. Connect one, then add a torrent.
        </EmptyState>
      </Panel>
    )
  }
  return <Cards profiles={profiles.data} />
}

function Cards({ profiles }: { profiles: readonly Profile[] }) {
  const [asking, setAsking] = useState<Profile | null>(null)
  const setDefault = useSetDefault()
  const remove = useRemoveProfile()
  const makeDefault = (profile: Profile) =>
    setDefault.mutate(profile.id, {
      onSuccess: () => showToast(`${profile.profileName} is the default now.`),
      onError: (error) => showToast(errorText(error), 'failed'),
    })
  const confirm = () => {
    if (!asking) return
    remove.mutate(asking.id, {
      onSuccess: () => {
        setAsking(null)
        showToast(`${asking.profileName} was disconnected.`)
      },
    })
  }
  return (
    <>
      <ul aria-label="Storages" className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        {profiles.map((profile) => (
          <ProfileCard
            key={profile.id}
            profile={profile}
            onSetDefault={() => makeDefault(profile)}
            onRemove={() => {
              remove.reset()
              setAsking(profile)
            }}
          />
        ))}
      </ul>
      {asking && (
        <ConfirmDialog
          title="Disconnect this storage?"
          confirmLabel="Disconnect"
          cancelLabel="Keep it"
          busy={remove.isPending}
          error={remove.error ? errorText(remove.error) : null}
          onConfirm={confirm}
          onClose={() => setAsking(null)}
        >
          <p className="font-semibold text-text [overflow-wrap:anywhere]">{asking.profileName}</p>
          <p className="mt-1">New jobs can no longer use it. Files that are already there stay there, and finished jobs stay in the list.</p>
        </ConfirmDialog>
      )}
    </>
  )
}
