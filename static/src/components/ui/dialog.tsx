import { type ReactNode, useEffect, useId, useRef } from 'react'
import { cn } from '@/lib/cn'

type DialogProps = {
  title: string
  /** Asked by Escape, the backdrop and the dialog's own buttons; the owner closes by no longer rendering it. */
  onClose: () => void
  children: ReactNode
  className?: string
  role?: 'dialog' | 'alertdialog'
}

/**
 * The browser's own modal: focus is trapped and given back, the page behind is inert, Escape closes. Libraries inject style
 * elements for the scroll lock, which our CSP forbids.
 */
export function Dialog({ title, onClose, children, className, role = 'dialog' }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  const closeRef = useRef(onClose)
  useEffect(() => {
    closeRef.current = onClose
  })
  useEffect(() => {
    const dialog = ref.current
    if (!dialog) return undefined
    const opener = document.activeElement
    dialog.showModal()
    const cancel = (event: Event) => {
      event.preventDefault()
      closeRef.current()
    }
    // A press on the backdrop hits the dialog element itself, a press inside hits a child.
    const press = (event: MouseEvent) => {
      if (event.target === dialog) closeRef.current()
    }
    dialog.addEventListener('cancel', cancel)
    dialog.addEventListener('mousedown', press)
    return () => {
      dialog.removeEventListener('cancel', cancel)
      dialog.removeEventListener('mousedown', press)
      dialog.close()
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus()
    }
  }, [])
  return (
    <dialog
      ref={ref}
      role={role}
      aria-labelledby={titleId}
      className={cn(
        'm-auto w-[min(28rem,calc(100vw-2rem))] rounded-md border border-line bg-raised p-0 text-text shadow-[0_8px_32px_oklch(0_0_0/0.18)]',
        className,
      )}
    >
      <div className="p-5">
        <h2 id={titleId} className="text-lg font-semibold">
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  )
}
