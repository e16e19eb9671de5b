import type { ReactNode } from 'react'
import { CopyButton } from '@/components/copy-button'
import { RelativeTime, Until } from '@/components/relative-time'
import type { JobDetail } from '@/features/jobs/model'
import { formatBytes, formatCount } from '@/lib/format'

/** What does not move while the job does. */
export function JobFacts({ job }: { job: JobDetail }) {
  return (
    <dl className="flex flex-wrap gap-x-8 gap-y-2 px-1">
      <Fact term="Destination">{job.storageProfileName ?? 'removed storage'}</Fact>
      <Fact term="Selected">
        {formatCount(job.files.length, 'file')}
        {job.totalBytes > 0 && `, ${formatBytes(job.totalBytes)}`}
      </Fact>
      <Fact term="Added">
        <RelativeTime iso={job.createdAt} />
      </Fact>
      {job.completedAt && !job.isActive && (
        <Fact term="Ended">
          <RelativeTime iso={job.completedAt} />
        </Fact>
      )}
      {!job.isActive && job.totalBytes > 0 && (
        <Fact term="On this server">
          <LocalFiles files={job.localFiles} />
        </Fact>
      )}
      {job.infoHash && (
        <div className="min-w-0">
          <dt className="text-xs text-muted">Info hash</dt>
          <dd className="-my-1 flex min-w-0 items-center gap-1">
            <span className="min-w-0 font-mono text-xs break-all">{job.infoHash.toLowerCase()}</span>
            <CopyButton text={job.infoHash.toLowerCase()} label="Copy the info hash" />
          </dd>
        </div>
      )}
    </dl>
  )
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-muted">{term}</dt>
      <dd className="num">{children}</dd>
    </div>
  )
}

/** Are the downloaded bytes of an ended job still here, and how long. */
function LocalFiles({ files: { present, keptUntil } }: { files: JobDetail['localFiles'] }) {
  if (!present) return <>nothing any more</>
  if (keptUntil === null) return <>the downloaded files</>
  return (
    <>
      the downloaded files, deleted <Until iso={keptUntil} />
    </>
  )
}
