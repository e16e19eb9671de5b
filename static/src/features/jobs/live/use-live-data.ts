import { useSyncExternalStore } from 'react'
import { liveStore, type Sample } from '@/features/jobs/live/live-store'

export function useTransferTotals(): { down: number; up: number } {
  return useSyncExternalStore(liveStore.subscribe, liveStore.getTotals)
}

export function useSamples(jobId: number): readonly Sample[] {
  return useSyncExternalStore(liveStore.subscribe, () => liveStore.samplesOf(jobId))
}
