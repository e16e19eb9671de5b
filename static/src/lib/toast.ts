/** Short notes about something the person just did. Drawn by components/toaster; failures of pages are drawn in the page. */
export type Toast = { id: number; text: string; tone: 'done' | 'failed' }

const SHOWN_MS = 6_000
let toasts: readonly Toast[] = []
let nextId = 1
const listeners = new Set<() => void>()

function set(next: readonly Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}

export function showToast(text: string, tone: Toast['tone'] = 'done'): void {
  const toast = { id: nextId++, text, tone }
  set([...toasts.slice(-2), toast])
  // A failure stays until it is read and dismissed.
  if (tone === 'done') setTimeout(() => dismissToast(toast.id), SHOWN_MS)
}

export function dismissToast(id: number): void {
  set(toasts.filter((toast) => toast.id !== id))
}

export const toastStore = {
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  get: (): readonly Toast[] => toasts,
}
