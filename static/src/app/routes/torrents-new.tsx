import { useQuery } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { PageHeader } from '@/components/page-header'
import { paths } from '@/config/paths'
import { profilesQuery } from '@/features/storage/api/get-profiles'
import { type Profile, profileProblem } from '@/features/storage/model'
import { NewTorrent } from '@/features/torrents/components/new-torrent'
import type { Destination } from '@/features/torrents/model'
import { usePageTitle } from '@/hooks/use-page-title'

export default function TorrentsNew() {
  usePageTitle('New torrent')
  const navigate = useNavigate()
  const profiles = useQuery(profilesQuery)
  return (
    <>
      <PageHeader title="New torrent" />
      <NewTorrent
        destinations={{
          list: profiles.data?.map(toDestination),
          error: profiles.error,
          retry: () => void profiles.refetch(),
          newHref: paths.newStorage.href(),
        }}
        openJobHref={paths.job.href}
        onCreated={(jobId) => void navigate(paths.job.href(jobId))}
      />
    </>
  )
}

function toDestination(profile: Profile): Destination {
  const { id, profileName, providerType, isDefault } = profile
  return { id, name: profileName, provider: providerType, isDefault, problem: profileProblem(profile) }
}
