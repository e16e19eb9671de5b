import { Button } from '@/components/ui/button'
import { ApiError } from '@/lib/api-error'

type RefusedSettingsProps = { sentence: string; error: Error | null; busy: boolean; onSkip: () => void }

/** A refused connection may be wanted all the same: the service may be down just now. */
export function RefusedSettings({ sentence, error, busy, onSkip }: RefusedSettingsProps) {
  const skippable = error instanceof ApiError && error.code === 'S3ConnectionFailed'
  return (
    <div role="alert" className="rounded-md bg-failed-soft px-4 py-3">
      <p className="text-failed [overflow-wrap:anywhere]">{sentence}</p>
      {skippable && (
        <Button className="mt-3" busy={busy} onClick={onSkip}>
          Save without the test
        </Button>
      )}
    </div>
  )
}
