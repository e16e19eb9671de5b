import { useState } from 'react'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { errorText } from '@/components/error-state'
import { useCancelJob } from '@/features/jobs/api/cancel-job'
import { useRetryJob } from '@/features/jobs/api/retry-job'
import type { Job } from '@/features/jobs/model'
import { showToast } from '@/lib/toast'

const nameOf = (job: Job) => job.requestFileName ?? `Job ${job.id}`

/** Retry at once, cancel after a question. The caller draws `dialog` where it likes. */
export function useJobActions() {
  const [asking, setAsking] = useState<Job | null>(null)
  const cancel = useCancelJob()
  const retry = useRetryJob()

  const askCancel = (job: Job) => {
    cancel.reset()
    setAsking(job)
  }
  const startRetry = (job: Job) => {
    if (retry.isPending) return
    retry.mutate(job.id, {
      onSuccess: () => showToast(`${nameOf(job)} was started again.`),
      onError: (error) => showToast(errorText(error), 'failed'),
    })
  }
  const confirm = () => {
    if (!asking) return
    cancel.mutate(asking.id, {
      onSuccess: () => {
        setAsking(null)
        showToast(`${nameOf(asking)} was cancelled.`)
      },
    })
  }

  const dialog = asking && (
    <ConfirmDialog
      title="Cancel this job?"
      confirmLabel="Cancel job"
      cancelLabel="Keep job"
      busy={cancel.isPending}
      error={cancel.error ? errorText(cancel.error) : null}
      onConfirm={confirm}
      onClose={() => setAsking(null)}
    >
      <p className="font-semibold text-text [overflow-wrap:anywhere]">{nameOf(asking)}</p>
      <p className="mt-1">
        Download and upload stop now and the downloaded data is removed from this server. Files that are already in{' '}
        {asking.storageProfileName ?? 'your storage'} stay there.
      </p>
    </ConfirmDialog>
  )
  return { askCancel, startRetry, retrying: retry.isPending, dialog }
}
