import { useNavigate, useParams } from 'react-router'
import NotFound from '@/app/routes/not-found'
import { BackLink } from '@/components/back-link'
import { paths } from '@/config/paths'
import { ProfileView } from '@/features/storage/components/profile-view'

export default function StorageProfile() {
  const { id = '' } = useParams()
  const navigate = useNavigate()
  if (!/^[1-9]\d{0,9}$/.test(id)) return <NotFound />
  return (
    <>
      <BackLink to={paths.storage.href()}>Storage</BackLink>
      <ProfileView key={id} id={Number(id)} onRemoved={() => void navigate(paths.storage.href())} />
    </>
  )
}
