import { useNavigate } from 'react-router'
import { BackLink } from '@/components/back-link'
import { PageHeader } from '@/components/page-header'
import { paths } from '@/config/paths'
import { GoogleDriveSetup } from '@/features/storage/components/google/google-drive-setup'
import { usePageTitle } from '@/hooks/use-page-title'
import { showToast } from '@/lib/toast'

export default function StorageGoogleDrive() {
  usePageTitle('Connect Google Drive')
  const navigate = useNavigate()
  const connected = (profileId: number) => {
    showToast('Google Drive is connected.')
    void navigate(paths.profile.href(profileId))
  }
  return (
    <div className="mx-auto max-w-2xl">
      <BackLink to={paths.newStorage.href()}>Connect storage</BackLink>
      <PageHeader title="Google Drive">TorrentClou signs in with credentials of your own, so that nobody stands between you and your files.</PageHeader>
      <GoogleDriveSetup onConnected={connected} onCancel={() => void navigate(paths.newStorage.href())} />
    </div>
  )
}
