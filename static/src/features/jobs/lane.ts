import type { JobDetail, Phase } from '@/features/jobs/model'
import { statusTable, type Tone } from '@/features/jobs/status'

export type Direction = 'download' | 'upload'

export type LaneView = {
  bytes: number
  speed: number
  etaSeconds: number | null
  phase: Phase
  word: string
  tone: Tone
}

const words: Record<Phase['state'], [word: string, tone: Tone]> = {
  idle: ['Not started', 'idle'],
  active: ['Running', 'moving'],
  retry: ['Trying again', 'waiting'],
  waiting: ['Waiting', 'waiting'],
  done: ['Done', 'done'],
  failed: ['Failed', 'failed'],
  cancelled: ['Cancelled', 'idle'],
}

/** One of the two lanes: its own bytes, speed and time left. */
export function laneOf(job: JobDetail, direction: Direction): LaneView {
  const phase = job.phases[direction]
  const bytes = direction === 'download' ? job.bytesDownloaded : job.bytesUploaded
  const speed = direction === 'download' ? job.downloadSpeed : job.uploadSpeed
  const [word, tone] = words[phase.state]
  return { bytes, speed, etaSeconds: phase.state === 'active' ? laneEta(job, direction, bytes, speed) : null, phase, word, tone }
}

/** The API's estimate belongs to the phase that the job is in; the other lane's follows from its own speed. */
function laneEta(job: JobDetail, direction: Direction, bytes: number, speed: number): number | null {
  if (statusTable[job.status].phase === direction) return job.etaSeconds
  const left = job.totalBytes - bytes
  return speed > 0 && left > 0 ? left / speed : null
}
