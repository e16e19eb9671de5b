import type { Job, JobDetail, JobEvent } from '@/features/jobs/model'
import type { Profile, S3Details, Usage } from '@/features/storage/model'
import { contract } from '@/testing/contract'

type Page<T> = { items: T[]; totalCount: number; pageNumber: number; pageSize: number; totalPages: number }

/** A job as the wire sends it, with what the test is about on top. */
export function buildJob(over: Partial<Job> = {}): Job {
  return { ...contract<Page<Job>>('jobs-page').items[0]!, ...over }
}

export function buildDetail(over: Partial<JobDetail> = {}): JobDetail {
  return { ...contract<JobDetail>('job-detail'), ...over }
}

export function buildPage<T>(items: T[], over: Partial<Page<T>> = {}): Page<T> {
  return { ...contract<Page<T>>('jobs-page'), items, totalCount: items.length, totalPages: 1, ...over }
}

export function buildEvent(over: Partial<JobEvent> = {}): JobEvent {
  return { ...contract<JobEvent>('event-job'), ...over }
}

export function torrentFile(name = 'movies.torrent', content = 'd8:announce0:e'): File {
  return new File([content], name, { type: 'application/x-bittorrent' })
}

export function buildS3Profile(over: Partial<Profile> = {}, s3: Partial<S3Details> = {}): Profile {
  const golden = contract<Profile>('profile-detail')
  return { ...golden, s3: { ...golden.s3!, ...s3 }, ...over }
}

export function buildUsage(over: Partial<Usage> = {}): Usage {
  const golden = contract<Usage>('profile-usage')
  return { ...golden, day: { ...golden.day, sentBytes: 512_000_000_000, freeAt: null }, ...over }
}
