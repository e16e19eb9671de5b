import { useQuery } from '@tanstack/react-query'
import { Download, FileClock, ShieldCheck, ShieldEllipsis } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { EmptyState } from '@/components/empty-state'
import { ErrorState } from '@/components/error-state'
import { buttonClass } from '@/components/ui/button'
import { Skeleton } from '@/components/ui/skeleton'
import { useSteadyRefetch } from '@/features/jobs/live/use-steady-refetch'
import type { JobDetail } from '@/features/jobs/model'
import { manifestHref, manifestQuery } from '@/features/jobs/proof/get-manifest'
import type { Manifest } from '@/features/jobs/proof/model'
import { ProofTable } from '@/features/jobs/proof/proof-table'
import { formatCount } from '@/lib/format'

/** The answer names every file: of many it is large, and is asked for less often. */
const MANY_FILES = 1_000
const REFETCH_MS = 10_000
const REFETCH_MANY_MS = 60_000

/** What shows that the files arrived, for people and for sha256sum. */
export function Proof({ job }: { job: JobDetail }) {
  const manifest = useQuery(manifestQuery(job.id))
  const every = job.files.length > MANY_FILES ? REFETCH_MANY_MS : REFETCH_MS
  useSteadyRefetch(manifest.refetch, job.isActive && every)
  useAtTheEnd(job.isActive, manifest.refetch)
  if (manifest.isPending) {
    return (
      <div role="status" aria-label="Loading the proof" className="space-y-3 p-4">
        <Skeleton className="h-7 w-2/3" />
        <Skeleton className="h-40 rounded-md" />
      </div>
    )
  }
  if (!manifest.data) {
    return <ErrorState title="The proof could not be loaded" error={manifest.error} retrying={manifest.isFetching} onRetry={() => void manifest.refetch()} />
  }
  const verified = manifest.data.files.filter(({ state }) => state === 'done').length
  if (verified === 0) {
    return (
      <EmptyState icon={FileClock} title={job.isActive ? 'Nothing has been uploaded yet' : 'Nothing was uploaded'}>
        {job.isActive
          ? 'Each file appears here with its checksums as soon as it is at the destination and was compared with it.'
          : 'No file of this job is known to be at the destination.'}
      </EmptyState>
    )
  }
  return (
    <>
      <Summary job={job} manifest={manifest.data} verified={verified} />
      <ProofTable files={manifest.data.files} provider={manifest.data.provider} active={job.isActive} />
      <p className="border-t border-line px-4 py-3 text-xs text-muted">
        To check a copy of the files: put the <span className="font-mono">.sha256</span> file beside them and run <span className="font-mono">sha256sum -c</span> with its name.
      </p>
    </>
  )
}

/** Once more when the job is over, however the page heard of it: the last files came after the last answer. */
function useAtTheEnd(isActive: boolean, refetch: () => Promise<unknown>): void {
  const wasActive = useRef(isActive)
  useEffect(() => {
    if (wasActive.current && !isActive) void refetch()
    wasActive.current = isActive
  }, [isActive, refetch])
}

function Summary({ job, manifest, verified }: { job: JobDetail; manifest: Manifest; verified: number }) {
  const Icon = manifest.complete ? ShieldCheck : ShieldEllipsis
  return (
    <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3 border-b border-line p-4">
      <div className="flex min-w-0 flex-1 basis-72 gap-3">
        <Icon aria-hidden className={manifest.complete ? 'mt-0.5 size-4 shrink-0 text-done' : 'mt-0.5 size-4 shrink-0 text-muted'} />
        <div className="min-w-0">
          <p data-testid="proof-summary" className="num font-semibold">
            {verified.toLocaleString('en')} of {formatCount(manifest.fileCount, 'file')} verified at the destination{job.isActive && ' so far'}
          </p>
          <p className="text-muted [overflow-wrap:anywhere]">{manifest.destination}</p>
        </div>
      </div>
      <div className="flex flex-wrap gap-2">
        <a href={manifestHref(job.id, 'sha256sum')} download className={buttonClass()}>
          <Download aria-hidden />
          sha256sum
        </a>
        <a href={manifestHref(job.id, 'json')} download className={buttonClass()}>
          <Download aria-hidden />
          JSON
        </a>
      </div>
    </div>
  )
}
