import type { Job } from '@/features/jobs/model'

type Wait = {
  /** What a person can do; the server's own sentence always stands beside it. */
  advice: string
  /** Only the upload stands still for it. */
  uploadSide: boolean
  /** Begins the sentence about the moment when something happens: a try that may fail, or what is certain. */
  next: 'Next try' | 'Continues'
  /** The storage's page helps; what the way there is called. */
  action: 'Log in again' | 'Open the storage' | null
}

/** One row per reason of the wire; a newer server may know more, and those have their sentence only. */
const waits: Record<string, Wait> = {
  disk: row('Free some disk space on the server, or cancel another job; this one goes on by itself.', 'job'),
  no_peers: row('Nobody in the swarm has answered yet. The job stays and goes on when a peer appears.', 'job'),
  same_torrent: row('Another job downloads the same torrent now; this one follows when it has finished.', 'job'),
  login: row('Sign in to the storage again on its page; the upload then goes on by itself.', 'upload', 'Next try', 'Log in again'),
  quota: row('The storage is full or its limit is reached. Make room there; the upload goes on by itself.', 'upload', 'Next try', 'Open the storage'),
  day_limit: row('Google takes so much from one account in 24 hours. Nothing is to be done: the upload goes on by itself.', 'upload', 'Continues', 'Open the storage'),
  endpoint: row('The storage does not answer. It is tried again by itself; check it on its page if it stays away.', 'upload', 'Next try', 'Open the storage'),
}

function row(advice: string, side: 'job' | 'upload', next: Wait['next'] = 'Next try', action: Wait['action'] = null): Wait {
  return { advice, uploadSide: side === 'upload', next, action }
}

export function waitByCode(code: string): Wait | null {
  return Object.hasOwn(waits, code) ? (waits[code] ?? null) : null
}

export function waitOf({ waiting }: Pick<Job, 'waiting'>): Wait | null {
  return waiting && waitByCode(waiting.code)
}
