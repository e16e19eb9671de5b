import { useNavigate } from 'react-router'
import { BackLink } from '@/components/back-link'
import { PageHeader } from '@/components/page-header'
import { Panel } from '@/components/ui/panel'
import { paths } from '@/config/paths'
import { S3Form } from '@/features/storage/components/s3-form'
import { usePageTitle } from '@/hooks/use-page-title'
import { showToast } from '@/lib/toast'

export default function StorageNewS3() {
  usePageTitle('Connect S3-compatible storage')
  const navigate = useNavigate()
  const saved = (name: string) => {
    showToast(`${name} is connected.`)
    void navigate(paths.storage.href())
  }
  return (
    <div className="mx-auto max-w-2xl">
      <BackLink to={paths.newStorage.href()}>Connect storage</BackLink>
      <PageHeader title="S3-compatible storage">Test shows every step; Save tests by itself.</PageHeader>
      <Panel label="S3-compatible storage" className="p-4 sm:p-6">
        <S3Form onSaved={saved} onCancel={() => void navigate(paths.newStorage.href())} />
      </Panel>
    </div>
  )
}
