import { vi } from 'vitest'
import type { Outcome } from '@/features/storage/google/outcome'

/** A popup as window.open gives it; a test reads where it was sent. */
export type FakePopup = { closed: boolean; location: { href: string }; close: () => void }

export function allowPopup(): FakePopup {
  const popup: FakePopup = {
    closed: false,
    location: { href: 'about:blank' },
    close: () => {
      popup.closed = true
    },
  }
  vi.spyOn(window, 'open').mockReturnValue(popup as unknown as Window)
  return popup
}

/** The other window's half of the channel: says how the login ended, and answers whether anybody took it. */
export function comeBack(outcome: Outcome): Promise<boolean> {
  return new Promise((resolve) => {
    const channel = new BroadcastChannel('google-consent')
    const end = (taken: boolean) => {
      channel.close()
      resolve(taken)
    }
    channel.onmessage = () => end(true)
    setTimeout(() => end(false), 2_000)
    channel.postMessage({ type: 'outcome', outcome })
  })
}
