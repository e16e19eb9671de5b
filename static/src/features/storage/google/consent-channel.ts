import type { Outcome } from '@/features/storage/google/outcome'

/**
 * The page that Google sends the popup back to tells the page that opened it. Not by window.opener: our
 * Cross-Origin-Opener-Policy cuts that tie on the way back, a BroadcastChannel of the same origin is not cut.
 */
const NAME = 'google-consent'

/** Long enough for a busy tab to answer, short enough not to be felt where nobody waits. */
const ANSWER_MS = 800

type Message = { type: 'outcome'; outcome: Outcome } | { type: 'taken' }

/** Calls `take` for the outcome of a login that another window has finished. */
export function awaitOutcome(take: (outcome: Outcome) => void): () => void {
  const channel = new BroadcastChannel(NAME)
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.type !== 'outcome') return
    channel.postMessage({ type: 'taken' } satisfies Message)
    take(data.outcome)
  }
  return () => channel.close()
}

/** Offers the outcome to whoever waits for it; answers whether somebody took it. */
export function offerOutcome(outcome: Outcome): Promise<boolean> {
  return new Promise((resolve) => {
    const channel = new BroadcastChannel(NAME)
    const end = (taken: boolean) => {
      clearTimeout(timer)
      channel.close()
      resolve(taken)
    }
    const timer = setTimeout(() => end(false), ANSWER_MS)
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.type === 'taken') end(true)
    }
    channel.postMessage({ type: 'outcome', outcome } satisfies Message)
  })
}
