import { Plus } from 'lucide-react'
import { Link } from 'react-router'
import { PageHeader } from '@/components/page-header'
import { buttonClass } from '@/components/ui/button'
import { paths } from '@/config/paths'
import { ProfileList } from '@/features/storage/components/profile-list'
import { usePageTitle } from '@/hooks/use-page-title'

export default function Storage() {
  usePageTitle('Storage')
  return (
    <>
      <PageHeader
        title="Storage"
        actions={
          <Link to={paths.newStorage.href()} className={buttonClass('primary')}>
            <Plus aria-hidden />
            Connect storage
          </Link>
        }
      >
        Where your files go.
      </PageHeader>
      <ProfileList />
    </>
  )
}
