import { CircleCheck, CircleDashed, CircleX } from 'lucide-react'
import { errorText } from '@/components/error-state'
import { RelativeTime } from '@/components/relative-time'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { useTestProfile } from '@/features/storage/api/test-profile'
import { TestResult } from '@/features/storage/components/test-result'
import type { Profile } from '@/features/storage/model'

/** The last check as the server remembers it, and a new one, step by step. */
export function CheckPanel({ profile }: { profile: Profile }) {
  const test = useTestProfile(profile.id)
  return (
    <Panel title="Last check" label="Last check">
      <div className="space-y-4 p-4">
        {test.data && !test.isPending ? <TestResult result={test.data} /> : <Remembered profile={profile} />}
        {test.error && (
          <p role="alert" className="rounded-md bg-failed-soft px-3 py-2 text-failed [overflow-wrap:anywhere]">
            {errorText(test.error)}
          </p>
        )}
        <Button className="w-full" busy={test.isPending} onClick={() => test.mutate()}>
          {test.isPending ? 'Testing' : 'Test now'}
        </Button>
        <p className="text-xs text-muted">
          {profile.providerType === 'S3'
            ? 'Writes a small object into the bucket, reads it back and deletes it.'
            : 'Renews the access, reads the account, writes a small file and deletes it.'}
        </p>
      </div>
    </Panel>
  )
}

function Remembered({ profile }: { profile: Profile }) {
  if (profile.checkedAt === null) {
    return (
      <p className="flex gap-2 text-muted">
        <CircleDashed aria-hidden className="mt-0.5 size-4 shrink-0" />
        It was never checked.
      </p>
    )
  }
  return (
    <div data-testid="last-check" data-ok={profile.checkOk} className="flex gap-2">
      {profile.checkOk ? (
        <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-done" />
      ) : (
        <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-failed" />
      )}
      <div className="min-w-0">
        <p>
          <b className="font-semibold">{profile.checkOk ? 'It worked' : 'It failed'}</b> <RelativeTime iso={profile.checkedAt} />
        </p>
        {profile.checkMessage && <p className="mt-0.5 text-muted [overflow-wrap:anywhere]">{profile.checkMessage}</p>}
      </div>
    </div>
  )
}
