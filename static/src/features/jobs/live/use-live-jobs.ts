import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { JobsPage } from '@/features/jobs/api/get-jobs'
import { jobKeys } from '@/features/jobs/api/keys'
import { applyEvents, refetchAfterChange } from '@/features/jobs/live/apply-events'
import { openEventStream } from '@/features/jobs/live/event-stream'
import { liveStore } from '@/features/jobs/live/live-store'
import { setStreamState } from '@/features/jobs/live/stream-state'
import type { JobDetail, JobEvent } from '@/features/jobs/model'
import { isActive, statusTable } from '@/features/jobs/status'
import { announce } from '@/lib/announce'

/** Events are gathered so long before they are drawn: with many jobs one pass over the cache serves them all. */
const GATHER_MS = 250

/** Keeps the job caches current while the app is open. Mounted once, by the shell. */
export function useLiveJobs(): void {
  const client = useQueryClient()
  useEffect(() => {
    const pending = new Map<number, JobEvent>()
    let timer: ReturnType<typeof setTimeout> | undefined
    const flush = () => {
      timer = undefined
      const events = new Map(pending)
      pending.clear()
      const changed = [...events.values()].filter((event) => event.status && liveStore.statusOf(event.jobId) !== event.status)
      for (const event of changed) announceEnd(client, event)
      liveStore.recordEvents([...events.values()])
      applyEvents(client, events)
      refetchAfterChange(client, changed.map((event) => event.jobId))
    }
    const stop = openEventStream('/events', {
      onEvent: (event) => {
        // The two workers' halves of one job add up.
        pending.set(event.jobId, { ...pending.get(event.jobId), ...event })
        timer ??= setTimeout(flush, GATHER_MS)
      },
      onState: (state) => {
        setStreamState(state)
        // What happened while nobody listened was missed.
        if (state === 'live') void client.invalidateQueries({ queryKey: jobKeys.all })
      },
    })
    return () => {
      stop()
      clearTimeout(timer)
      setStreamState('connecting')
      liveStore.clear()
    }
  }, [client])
}

function announceEnd(client: QueryClient, event: JobEvent): void {
  const before = liveStore.statusOf(event.jobId)
  if (before === undefined || !isActive(before) || !event.status || isActive(event.status)) return
  announce(`${nameOf(client, event.jobId)}: ${statusTable[event.status].label}`)
}

function nameOf(client: QueryClient, id: number): string {
  const detail = client.getQueryData<JobDetail>(jobKeys.detail(id))
  const pages = client.getQueriesData<JobsPage>({ queryKey: jobKeys.lists() }).map(([, page]) => page)
  const job = detail ?? pages.flatMap((page) => page?.items ?? []).find((item) => item.id === id)
  return job?.requestFileName ?? `Job ${id}`
}
