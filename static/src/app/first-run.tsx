import { useQuery } from '@tanstack/react-query'
import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { buttonClass } from '@/components/ui/button'
import { paths } from '@/config/paths'
import { profilesQuery } from '@/features/storage/api/get-profiles'
import { cn } from '@/lib/cn'

/** The empty list is the guide: connect a destination, add a torrent, watch. */
export function FirstRun() {
  const profiles = useQuery(profilesQuery)
  const connected = (profiles.data?.length ?? 0) > 0
  return (
    <div className="mx-auto max-w-lg px-6 py-12">
      <h2 className="font-semibold">Three steps to the first job</h2>
      <ol className="mt-5 space-y-5">
        <Step number={1} title="Connect a storage" done={connected} current={!connected}>
          <p className="text-muted">Files are uploaded to a bucket or a Google Drive of your own.</p>
          {!connected && (
            <Link to={paths.newStorage.href()} className={buttonClass('primary', 'mt-3')}>
              Connect a storage
            </Link>
          )}
        </Step>
        <Step number={2} title="Add a torrent" done={false} current={connected}>
          <p className="text-muted">Choose the files inside it and press Start.</p>
          {connected && (
            <Link to={paths.newTorrent.href()} className={buttonClass('primary', 'mt-3')}>
              Add a torrent
            </Link>
          )}
        </Step>
        <Step number={3} title="Watch it arrive" done={false} current={false}>
          <p className="text-muted">Finished files are uploaded while others still download. You may close the browser.</p>
        </Step>
      </ol>
    </div>
  )
}

type StepProps = { number: number; title: string; done: boolean; current: boolean; children: ReactNode }

function Step({ number, title, done, current, children }: StepProps) {
  return (
    <li className="flex gap-3" aria-current={current ? 'step' : undefined}>
      <span
        aria-hidden
        className={cn(
          'num inline-flex size-6 shrink-0 items-center justify-center rounded-full text-xs font-semibold',
          done ? 'bg-done-soft text-done' : current ? 'bg-action text-on-action' : 'bg-idle-soft text-muted',
        )}
      >
        {done ? <Check className="size-3.5" /> : number}
      </span>
      <div>
        <h3 className={cn('font-semibold', !current && !done && 'text-muted')}>
          {title}
          {done && <span className="sr-only"> (done)</span>}
        </h3>
        {children}
      </div>
    </li>
  )
}
