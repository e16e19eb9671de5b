import { useSyncExternalStore } from 'react'
import type { StreamState } from '@/features/jobs/live/event-stream'

/** How the pages get their news; a module store because there is one stream per tab. */
let current: StreamState = 'connecting'
const listeners = new Set<() => void>()

export function setStreamState(state: StreamState): void {
  if (state === current) return
  current = state
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useStreamState(): StreamState {
  return useSyncExternalStore(subscribe, () => current)
}

/** Without the stream an active job is asked every 5 s; with it a slow round only catches what an event may have missed. */
const POLL_MS = 5_000
const SAFETY_MS = 30_000

export function pollInterval(state: StreamState, anyActive: boolean, safetyMs = SAFETY_MS): number | false {
  if (!anyActive) return false
  return state === 'live' ? safetyMs : POLL_MS
}
