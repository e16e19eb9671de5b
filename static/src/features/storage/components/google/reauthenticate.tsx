import { LogIn } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { reauthenticateDrive } from '@/features/storage/api/reauthenticate-drive'
import { ConsentStatus } from '@/features/storage/components/google/consent-status'
import { useConsent } from '@/features/storage/google/use-consent'
import type { Profile } from '@/features/storage/model'
import { showToast } from '@/lib/toast'

/** One press to Google and back, for a storage whose login has ended. */
export function Reauthenticate({ profile, primary = false }: { profile: Profile; primary?: boolean }) {
  const consent = useConsent(
    () => reauthenticateDrive(profile.id),
    () => showToast(`${profile.profileName} is connected again.`),
  )
  return (
    <div className="space-y-3">
      {consent.waitingAt === null && (
        <Button variant={primary ? 'primary' : 'secondary'} busy={consent.starting} onClick={consent.start}>
          <LogIn aria-hidden />
          Log in again
        </Button>
      )}
      <ConsentStatus consent={consent} />
    </div>
  )
}
