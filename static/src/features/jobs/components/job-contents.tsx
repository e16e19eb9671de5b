import { lazy, Suspense } from 'react'
import { useSearchParams } from 'react-router'
import { Panel } from '@/components/ui/panel'
import { Skeleton } from '@/components/ui/skeleton'
import { Tabs } from '@/components/ui/tabs'
import { FilesTable } from '@/features/jobs/components/files-table'
import type { JobDetail } from '@/features/jobs/model'
import { formatCount } from '@/lib/format'

const Proof = lazy(() => import('@/features/jobs/proof/proof').then((module) => ({ default: module.Proof })))

const views = [
  { id: 'files', label: 'Files' },
  { id: 'proof', label: 'Proof' },
] as const

/** What the job is made of: its files as they move, or what shows that they arrived. Which of both stands in the address. */
export function JobContents({ job }: { job: JobDetail }) {
  const [params, setParams] = useSearchParams()
  const view = views.find(({ id }) => id === params.get('view')) ?? views[0]
  const done = job.files.filter((file) => file.state === 'done').length
  return (
    <Panel
      label={view.label}
      tabs={
        <Tabs
          label="Files or their proof"
          tabs={views}
          value={view.id}
          panelId="job-contents"
          onChange={(id) => setParams(id === 'files' ? {} : { view: id }, { replace: true, preventScrollReset: true })}
        />
      }
      aside={
        <span className="num text-xs text-muted">
          {done} of {formatCount(job.files.length, 'file')} done
        </span>
      }
    >
      <div role="tabpanel" id="job-contents" aria-labelledby={`job-contents-${view.id}`}>
        {view.id === 'files' ? (
          <FilesTable files={job.files} active={job.isActive} />
        ) : (
          <Suspense fallback={<Skeleton className="m-4 h-40 rounded-md" />}>
            <Proof job={job} />
          </Suspense>
        )}
      </div>
    </Panel>
  )
}
