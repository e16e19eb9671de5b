import { Link } from 'react-router'
import { Panel } from '@/components/ui/panel'
import { paths } from '@/config/paths'
import { DriveFolder } from '@/features/storage/components/drive-folder'
import { Fact, Facts } from '@/features/storage/components/facts'
import type { Profile } from '@/features/storage/model'

export function DrivePanel({ profile }: { profile: Profile }) {
  return (
    <Panel title="Connection" label="Connection">
      <Facts>
        <Fact name="Google account">{profile.email ?? 'not known yet'}</Fact>
        {profile.googleDrive && (
          <Fact name="Folder">
            <DriveFolder id={profile.id} drive={profile.googleDrive} />
          </Fact>
        )}
        <Fact name="Access">files that TorrentClou itself has made, or all of Drive where the server asks for it</Fact>
        <Fact name="Credentials">
          {profile.googleDrive?.credentialName ?? 'deleted'} ·{' '}
          <Link to={paths.googleDrive.href()} className="rounded-sm font-semibold text-action underline underline-offset-2">
            Manage
          </Link>
        </Fact>
      </Facts>
    </Panel>
  )
}
