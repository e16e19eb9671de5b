import type { Job, JobEvent } from '@/features/jobs/model'
import { isActive, type JobStatus } from '@/features/jobs/status'

/**
 * What was last heard of each job, whoever said it: speeds for the totals and ten minutes of samples for the charts. It is
 * a recording beside the query cache, never a source of truth.
 */
export type Sample = { at: number; down: number; up: number }

type Entry = { status: JobStatus | undefined; at: number; down: number; up: number; samples: readonly Sample[] }

const WINDOW_MS = 10 * 60_000
/** A speed that was not confirmed for so long is no longer "now". */
const FRESH_MS = 15_000
const MIN_GAP_MS = 900

const NO_SAMPLES: readonly Sample[] = []

class LiveStore {
  private readonly entries = new Map<number, Entry>()
  private readonly listeners = new Set<() => void>()
  private totals = { down: 0, up: 0 }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  samplesOf = (id: number): readonly Sample[] => this.entries.get(id)?.samples ?? NO_SAMPLES

  statusOf(id: number): JobStatus | undefined {
    return this.entries.get(id)?.status
  }

  getTotals = (): { down: number; up: number } => this.totals

  recordJobs(jobs: readonly Job[]): void {
    const now = Date.now()
    for (const job of jobs) this.put(job.id, job.status, now, job.downloadSpeed, job.uploadSpeed)
    this.publish(now)
  }

  recordEvents(events: readonly JobEvent[]): void {
    const now = Date.now()
    for (const { jobId, status, downloadSpeed, uploadSpeed } of events) {
      const known = this.entries.get(jobId)
      this.put(jobId, status ?? known?.status, now, downloadSpeed ?? known?.down ?? 0, uploadSpeed ?? known?.up ?? 0)
    }
    this.publish(now)
  }

  /** Forgets everything, at logout. */
  clear(): void {
    this.entries.clear()
    this.publish(Date.now())
  }

  private put(id: number, status: JobStatus | undefined, at: number, down: number, up: number): void {
    const known = this.entries.get(id)
    if (status && !isActive(status)) {
      // The curve of a job that has ended stays for whoever is looking at it.
      this.entries.set(id, { status, at, down: 0, up: 0, samples: known?.samples ?? NO_SAMPLES })
      return
    }
    const samples = known?.samples ?? NO_SAMPLES
    const last = samples.at(-1)
    const kept = last && at - last.at < MIN_GAP_MS ? samples : [...samples.filter((sample) => at - sample.at <= WINDOW_MS), { at, down, up }]
    this.entries.set(id, { status, at, down, up, samples: kept })
  }

  private publish(now: number): void {
    let down = 0
    let up = 0
    for (const entry of this.entries.values()) {
      if (now - entry.at > FRESH_MS) continue
      down += entry.down
      up += entry.up
    }
    if (down !== this.totals.down || up !== this.totals.up) this.totals = { down, up }
    for (const listener of this.listeners) listener()
  }
}

export const liveStore = new LiveStore()
