import { useQuery } from '@tanstack/react-query'
import { Database } from 'lucide-react'
import { Link } from 'react-router'
import { EmptyState } from '@/components/empty-state'
import { ErrorState } from '@/components/error-state'
import { buttonClass } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { Skeleton } from '@/components/ui/skeleton'
import { paths } from '@/config/paths'
import { profilesQuery } from '@/features/storage/api/get-profiles'
import { ProfileCard } from '@/features/storage/components/profile-card'
import { useProfileActions } from '@/features/storage/components/use-profile-actions'
import type { Profile } from '@/features/storage/model'

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
          Torrents are uploaded to a storage of your own: an S3-compatible bucket or Google Drive. Connect one, then add a torrent.
        </EmptyState>
      </Panel>
    )
  }
  return <Cards profiles={profiles.data} />
}

function Cards({ profiles }: { profiles: readonly Profile[] }) {
  const { makeDefault, askRemove, dialog } = useProfileActions()
  return (
    <>
      <ul aria-label="Storages" className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        {profiles.map((profile) => (
          <ProfileCard key={profile.id} profile={profile} onSetDefault={() => makeDefault(profile)} onRemove={() => askRemove(profile)} />
        ))}
      </ul>
      {dialog}
    </>
  )
}
