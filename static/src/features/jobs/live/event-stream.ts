import { type JobEvent, jobEventSchema } from '@/features/jobs/model'
import { parseJson } from '@/lib/api-error'

/** "live": the stream is open. "polling": it is not, and the pages ask by themselves until it is back. */
export type StreamState = 'connecting' | 'live' | 'polling'

type Handlers = { onEvent: (event: JobEvent) => void; onState: (state: StreamState) => void }

const FIRST_DELAY_MS = 1_000
const LAST_DELAY_MS = 30_000

/**
 * One EventSource with our own reconnect: the browser's gives up for good on an error status, and retries too eagerly on a
 * dead network. Returns how to stop it.
 */
export function openEventStream(url: string, handlers: Handlers): () => void {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let delay = FIRST_DELAY_MS

  const connect = () => {
    source = new EventSource(url)
    source.onopen = () => {
      delay = FIRST_DELAY_MS
      handlers.onState('live')
    }
    source.addEventListener('job', (message: MessageEvent<string>) => {
      const event = jobEventSchema.safeParse(parseJson(message.data))
      // An event that cannot be read is a missed hint; the next refetch has the truth.
      if (event.success) handlers.onEvent(event.data)
    })
    source.onerror = () => {
      source?.close()
      handlers.onState('polling')
      timer = setTimeout(connect, delay * (0.75 + Math.random() / 2))
      delay = Math.min(delay * 2, LAST_DELAY_MS)
    }
  }

  // A laptop that wakes up or a network that returns should not sit out the rest of a long delay.
  const hurry = () => {
    if (source?.readyState !== EventSource.CLOSED) return
    clearTimeout(timer)
    delay = FIRST_DELAY_MS
    connect()
  }
  window.addEventListener('online', hurry)
  handlers.onState('connecting')
  connect()
  return () => {
    window.removeEventListener('online', hurry)
    clearTimeout(timer)
    source?.close()
  }
}
