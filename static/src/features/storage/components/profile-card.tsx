import { CircleCheck, CircleX, Ellipsis, Settings2, Star, TriangleAlert, Unplug } from 'lucide-react'
import { Link, useNavigate } from 'react-router'
import { RelativeTime } from '@/components/relative-time'
import { IconButton } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import { paths } from '@/config/paths'
import { Reauthenticate } from '@/features/storage/components/google/reauthenticate'
import { type Profile, profileProblem } from '@/features/storage/model'
import { accountOf, providerOf } from '@/features/storage/providers'

type ProfileCardProps = { profile: Profile; onSetDefault: () => void; onRemove: () => void }

export function ProfileCard({ profile, onSetDefault, onRemove }: ProfileCardProps) {
  const { label, icon: Icon } = providerOf(profile.providerType)
  const navigate = useNavigate()
  const problem = profileProblem(profile)
  return (
    <li data-testid="profile-card" data-profile-id={profile.id} className="flex flex-col rounded-md border border-line bg-surface p-4">
      <div className="flex items-start gap-3">
        <span className="mt-0.5 inline-flex size-9 shrink-0 items-center justify-center rounded-md bg-sunken">
          <Icon aria-hidden className="size-4 text-muted" />
        </span>
        <div className="min-w-0 flex-1">
          <h2 className="truncate font-semibold" title={profile.profileName}>
            <Link to={paths.profile.href(profile.id)} className="rounded-sm hover:underline">
              {profile.profileName}
            </Link>
          </h2>
          <p className="truncate text-muted" title={label}>
            {accountOf(profile)}
          </p>
        </div>
        <div className="-mt-1 -mr-2">
          <Menu
            label={`Actions for ${profile.profileName}`}
            trigger={
              <IconButton label={`Actions for ${profile.profileName}`}>
                <Ellipsis aria-hidden />
              </IconButton>
            }
          >
            <MenuItem onSelect={() => void navigate(paths.profile.href(profile.id))}>
              <Settings2 aria-hidden />
              Open
            </MenuItem>
            {!profile.isDefault && (
              <MenuItem onSelect={onSetDefault}>
                <Star aria-hidden />
                Make it the default
              </MenuItem>
            )}
            <MenuItem tone="danger" onSelect={onRemove}>
              <Unplug aria-hidden />
              Disconnect
            </MenuItem>
          </Menu>
        </div>
      </div>
      <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-2 text-xs text-muted">
        {profile.isDefault && (
          <span className="inline-flex h-6 items-center gap-1.5 rounded-full bg-idle-soft px-2.5 font-semibold text-text">
            <Star aria-hidden className="size-3.5" />
            Default
          </span>
        )}
        {problem && (
          <span className="inline-flex h-6 items-center gap-1.5 rounded-full bg-waiting-soft px-2.5 font-semibold text-waiting">
            <TriangleAlert aria-hidden className="size-3.5" />
            {profile.needsReauth ? 'Needs a new login' : 'Cannot be used'}
          </span>
        )}
        <LastCheck profile={profile} />
      </div>
      {profile.needsReauth && profile.providerType === 'GoogleDrive' && (
        <div className="mt-3">
          <Reauthenticate profile={profile} />
        </div>
      )}
    </li>
  )
}

/** The last check in half a line; a storage that was never checked says when it was connected. */
function LastCheck({ profile }: { profile: Profile }) {
  if (profile.checkedAt === null) {
    return (
      <span>
        connected <RelativeTime iso={profile.createdAt} />
      </span>
    )
  }
  return (
    <span className="inline-flex items-center gap-1.5">
      {profile.checkOk ? <CircleCheck aria-hidden className="size-3.5 text-done" /> : <CircleX aria-hidden className="size-3.5 text-failed" />}
      <span>
        {profile.checkOk ? 'worked' : 'failed'} <RelativeTime iso={profile.checkedAt} />
      </span>
    </span>
  )
}
