/** What a screen reader should hear: routes and the end of a job, never a percentage. Drawn by components/announcer. */
type Listener = (text: string) => void

const listeners = new Set<Listener>()

export function announce(text: string): void {
  for (const listener of listeners) listener(text)
}

export function onAnnounce(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
