import { useQueryClient } from '@tanstack/react-query'
import { CircleCheck } from 'lucide-react'
import { useEffect, useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { Skeleton } from '@/components/ui/skeleton'
import { storageKeys } from '@/features/storage/api/keys'
import { offerOutcome } from '@/features/storage/google/consent-channel'
import type { Outcome } from '@/features/storage/google/outcome'

type ConsentLandingProps = { outcome: Outcome; onNobodyWaits: (outcome: Outcome) => void }

/** Where Google's window comes back to. A page that waits takes the outcome and this window closes; else it is the page itself. */
export function ConsentLanding({ outcome, onNobodyWaits }: ConsentLandingProps) {
  const client = useQueryClient()
  const [taken, setTaken] = useState(false)
  useEffect(() => {
    let current = true
    void offerOutcome(outcome).then((took) => {
      if (!current) return
      if (took) {
        setTaken(true)
        window.close()
      } else {
        void client.invalidateQueries({ queryKey: storageKeys.all })
        onNobodyWaits(outcome)
      }
    })
    return () => {
      current = false
    }
    // One offer for one arrival.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  if (taken) {
    return (
      <EmptyState icon={CircleCheck} title="Back from Google">
        The page that you started from goes on. You can close this window.
      </EmptyState>
    )
  }
  return (
    <div role="status" aria-label="Finishing the login at Google" className="space-y-4">
      <Skeleton className="h-7 w-40" />
      <Skeleton className="h-28 rounded-md" />
    </div>
  )
}
