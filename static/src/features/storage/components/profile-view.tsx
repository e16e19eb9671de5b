import { useQuery } from '@tanstack/react-query'
import { DatabaseZap, Pencil, TriangleAlert } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Link } from 'react-router'
import { EmptyState } from '@/components/empty-state'
import { ErrorState } from '@/components/error-state'
import { PageHeader } from '@/components/page-header'
import { Button, buttonClass } from '@/components/ui/button'
import { Skeleton } from '@/components/ui/skeleton'
import { paths } from '@/config/paths'
import { profileQuery } from '@/features/storage/api/get-profile'
import { CheckPanel } from '@/features/storage/components/check-panel'
import { DrivePanel } from '@/features/storage/components/drive-panel'
import { Reauthenticate } from '@/features/storage/components/google/reauthenticate'
import { RenameDialog } from '@/features/storage/components/rename-dialog'
import { S3Panel } from '@/features/storage/components/s3-panel'
import { UsagePanel } from '@/features/storage/components/usage-panel'
import { UsePanel } from '@/features/storage/components/use-panel'
import { useProfileActions } from '@/features/storage/components/use-profile-actions'
import { type Profile, profileProblem } from '@/features/storage/model'
import { accountOf, providerOf } from '@/features/storage/providers'
import { usePageTitle } from '@/hooks/use-page-title'
import { ApiError } from '@/lib/api-error'

export function ProfileView({ id, onRemoved }: { id: number; onRemoved: () => void }) {
  const profile = useQuery(profileQuery(id))
  usePageTitle(profile.data?.profileName ?? 'Storage')
  if (profile.isPending) {
    return (
      <div role="status" aria-label="Loading the storage" className="space-y-4">
        <Skeleton className="h-7 w-56" />
        <Skeleton className="h-48 rounded-md" />
      </div>
    )
  }
  if (profile.error instanceof ApiError && profile.error.status === 404) return <NoSuchProfile />
  if (!profile.data) {
    return <ErrorState title="The storage could not be loaded" error={profile.error} retrying={profile.isFetching} onRetry={() => void profile.refetch()} />
  }
  return <Loaded profile={profile.data} onRemoved={onRemoved} />
}

function Loaded({ profile, onRemoved }: { profile: Profile; onRemoved: () => void }) {
  const [renaming, setRenaming] = useState(false)
  const actions = useProfileActions(onRemoved)
  const problem = profileProblem(profile)
  return (
    <>
      <PageHeader
        title={profile.profileName}
        actions={
          <Button onClick={() => setRenaming(true)}>
            <Pencil aria-hidden />
            Rename
          </Button>
        }
      >
        {providerOf(profile.providerType).label}, {accountOf(profile)}
      </PageHeader>
      {problem && (
        <Trouble sentence={problem}>
          {profile.providerType === 'GoogleDrive' && <Reauthenticate profile={profile} primary />}
        </Trouble>
      )}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="min-w-0 space-y-4">
          {profile.s3 && <S3Panel profile={profile} s3={profile.s3} />}
          {profile.providerType === 'GoogleDrive' && <DrivePanel profile={profile} />}
          <UsePanel profile={profile} actions={actions} />
        </div>
        <div className="min-w-0 space-y-4">
          {profile.providerType === 'GoogleDrive' && !problem && <UsagePanel id={profile.id} />}
          <CheckPanel profile={profile} />
        </div>
      </div>
      {renaming && <RenameDialog profile={profile} onClose={() => setRenaming(false)} />}
      {actions.dialog}
    </>
  )
}

function Trouble({ sentence, children }: { sentence: string; children: ReactNode }) {
  return (
    <section role="status" aria-label="Why it cannot be used" className="mb-4 flex gap-3 rounded-md bg-waiting-soft p-4">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-waiting" />
      <div className="min-w-0 flex-1 space-y-3">
        <p>
          <b className="font-semibold">{sentence}</b> Jobs that upload to it wait until it works again; nothing of theirs is lost.
        </p>
        {children}
      </div>
    </section>
  )
}

function NoSuchProfile() {
  return (
    <EmptyState
      icon={DatabaseZap}
      title="This storage does not exist"
      action={
        <Link to={paths.storage.href()} className={buttonClass()}>
          All storages
        </Link>
      }
    >
      It may have been disconnected.
    </EmptyState>
  )
}
