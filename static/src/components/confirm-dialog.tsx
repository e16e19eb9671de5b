import type { ReactNode } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'

type ConfirmDialogProps = {
  title: string
  children: ReactNode
  confirmLabel: string
  cancelLabel: string
  busy?: boolean
  /** What went wrong with the last try; shown inside, so that the dialog can be tried again. */
  error?: string | null
  onConfirm: () => void
  onClose: () => void
}

/** Asks before something that cannot be undone. The harmless answer has the focus first. */
export function ConfirmDialog({ title, children, confirmLabel, cancelLabel, busy = false, error, onConfirm, onClose }: ConfirmDialogProps) {
  return (
    <Dialog title={title} role="alertdialog" onClose={onClose}>
      <div className="mt-2 text-muted">{children}</div>
      {error && (
        <p role="alert" className="mt-3 text-failed">
          {error}
        </p>
      )}
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{cancelLabel}</Button>
        <Button variant="danger" busy={busy} onClick={onConfirm}>
          {confirmLabel}
        </Button>
      </div>
    </Dialog>
  )
}
