import { useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { PageHeader } from '@/components/page-header'
import { Button, buttonClass } from '@/components/ui/button'
import { paths } from '@/config/paths'
import { profileQuery } from '@/features/storage/api/get-profile'
import { ConsentLanding } from '@/features/storage/components/google/consent-landing'
import { Refused } from '@/features/storage/components/google/consent-status'
import { ProfileList } from '@/features/storage/components/profile-list'
import { type Outcome, parseOutcome } from '@/features/storage/google/outcome'
import { usePageTitle } from '@/hooks/use-page-title'
import { showToast } from '@/lib/toast'

/** The list; with an outcome in its address it is also the place where a login at Google comes back to. */
export default function Storage() {
  usePageTitle('Storage')
  const [params] = useSearchParams()
  const outcome = parseOutcome(params)
  const [landed, setLanded] = useState<string | null>(null)
  const navigate = useNavigate()
  const client = useQueryClient()

  const goOn = async (result: Outcome) => {
    setLanded(params.toString())
    if (!result.ok) return
    try {
      // Anybody can write an address that says "success": only a profile that is there is connected.
      const profile = await client.fetchQuery(profileQuery(result.profileId))
      showToast(`${profile.profileName} is connected.`)
      void navigate(paths.profile.href(profile.id), { replace: true })
    } catch {
      void navigate(paths.storage.href(), { replace: true })
    }
  }
  if (outcome && landed !== params.toString()) {
    return <ConsentLanding key={params.toString()} outcome={outcome} onNobodyWaits={(result) => void goOn(result)} />
  }
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
      {outcome && !outcome.ok && (
        <div className="mb-4">
          <Refused
            {...outcome}
            action={
              <>
                <Link to={paths.googleDrive.href()} className={buttonClass()}>
                  Connect again
                </Link>
                <Button variant="quiet" onClick={() => void navigate(paths.storage.href(), { replace: true })}>
                  Dismiss
                </Button>
              </>
            }
          />
        </div>
      )}
      <ProfileList />
    </>
  )
}
