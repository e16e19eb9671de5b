import { RelativeTime } from '@/components/relative-time'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { Switch } from '@/components/ui/switch'
import type { useProfileActions } from '@/features/storage/components/use-profile-actions'
import type { Profile } from '@/features/storage/model'

type UsePanelProps = { profile: Profile; actions: ReturnType<typeof useProfileActions> }

/** What the storage is used for, and the way out of it. */
export function UsePanel({ profile, actions }: UsePanelProps) {
  return (
    <Panel title="Use" label="Use">
      <div className="divide-y divide-line px-4">
        <div className="flex items-start justify-between gap-4 py-3">
          <Switch
            label="Default destination"
            hint={profile.isDefault ? 'New jobs go here unless you choose another. To change it, make another storage the default.' : 'New jobs would go here unless you choose another.'}
            checked={profile.isDefault}
            disabled={profile.isDefault || actions.settingDefault}
            onChange={() => actions.makeDefault(profile)}
          />
        </div>
        <div className="flex flex-wrap items-center justify-between gap-3 py-3">
          <div className="min-w-0 flex-1 basis-60">
            <p>
              Connected <RelativeTime iso={profile.createdAt} />
            </p>
            <p className="text-xs text-muted">Disconnecting leaves all files where they are.</p>
          </div>
          <Button onClick={() => actions.askRemove(profile)}>
            Disconnect
          </Button>
        </div>
      </div>
    </Panel>
  )
}
