import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { ErrorState } from '@/components/error-state'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { Skeleton } from '@/components/ui/skeleton'
import { credentialsQuery } from '@/features/storage/api/get-credentials'
import { ConnectForm } from '@/features/storage/components/google/connect-form'
import { CredentialForm } from '@/features/storage/components/google/credential-form'
import { CredentialList } from '@/features/storage/components/google/credential-list'
import { GoogleGuide } from '@/features/storage/components/google/google-guide'
import { showToast } from '@/lib/toast'

type GoogleDriveSetupProps = { onConnected: (profileId: number) => void; onCancel: () => void }

/** Without credentials the page is the guide to them; with credentials it is one press to Google. */
export function GoogleDriveSetup({ onConnected, onCancel }: GoogleDriveSetupProps) {
  const credentials = useQuery(credentialsQuery)
  const [adding, setAdding] = useState(false)
  const [latest, setLatest] = useState<number | null>(null)
  const saved = (id: number, name: string) => {
    setLatest(id)
    setAdding(false)
    showToast(`${name} was saved. Connect with Google now.`)
  }
  if (credentials.isPending) {
    return (
      <div role="status" aria-label="Loading the credentials" className="space-y-4">
        <Skeleton className="h-56 rounded-md" />
        <Skeleton className="h-28 rounded-md" />
      </div>
    )
  }
  if (!credentials.data) {
    return (
      <Panel>
        <ErrorState title="The credentials could not be loaded" error={credentials.error} retrying={credentials.isFetching} onRetry={() => void credentials.refetch()} />
      </Panel>
    )
  }
  const none = credentials.data.length === 0
  return (
    <div className="space-y-4">
      {!none && (
        <>
          <Panel label="Connect" className="p-4 sm:p-6">
            <ConnectForm credentials={credentials.data} preferred={latest} onConnected={onConnected} onCancel={onCancel} />
          </Panel>
          <Panel
            title="Saved credentials"
            label="Credentials"
            aside={
              !adding && (
                <Button variant="quiet" className="-my-1 -mr-2 h-8" onClick={() => setAdding(true)}>
                  <Plus aria-hidden />
                  Add
                </Button>
              )
            }
          >
            <CredentialList credentials={credentials.data} />
          </Panel>
        </>
      )}
      {(none || adding) && (
        <Panel title={none ? 'Once, before the first connection: credentials of your own, about ten minutes' : 'Add credentials'} label="Guide">
          <div className="p-4 sm:p-6">
            <GoogleGuide>
              <CredentialForm onSaved={saved} onCancel={none ? onCancel : () => setAdding(false)} />
            </GoogleGuide>
          </div>
        </Panel>
      )}
    </div>
  )
}
