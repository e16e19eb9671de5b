import { CircleCheck, TriangleAlert, X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { IconButton } from '@/components/ui/button'
import { dismissToast, toastStore } from '@/lib/toast'

export function Toaster() {
  const toasts = useSyncExternalStore(toastStore.subscribe, toastStore.get)
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-20 z-50 flex flex-col items-end gap-2 md:bottom-4"
    >
      {toasts.map((toast) => (
        <div
          key={toast.id}
          role={toast.tone === 'failed' ? 'alert' : undefined}
          className="pointer-events-auto flex w-full max-w-sm items-start gap-3 rounded-md border border-line bg-raised py-2 pr-2 pl-3 shadow-[0_8px_32px_oklch(0_0_0/0.18)]"
        >
          {toast.tone === 'failed' ? (
            <TriangleAlert aria-hidden className="mt-2 size-4 shrink-0 text-failed" />
          ) : (
            <CircleCheck aria-hidden className="mt-2 size-4 shrink-0 text-done" />
          )}
          <p className="min-w-0 flex-1 py-2">{toast.text}</p>
          <IconButton label="Dismiss" onClick={() => dismissToast(toast.id)}>
            <X aria-hidden />
          </IconButton>
        </div>
      ))}
    </div>
  )
}
