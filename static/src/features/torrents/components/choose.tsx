import { useState } from 'react'
import { Link } from 'react-router'
import { CopyButton } from '@/components/copy-button'
import { errorText } from '@/components/error-state'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { useCreateJob } from '@/features/torrents/api/create-job'
import { DestinationSelect } from '@/features/torrents/components/destination-select'
import { FileTree } from '@/features/torrents/components/file-tree'
import type { Destinations } from '@/features/torrents/components/new-torrent'
import { SwarmHealth } from '@/features/torrents/components/swarm-health'
import { existingJobId } from '@/features/torrents/create-error'
import type { Analysis, Destination } from '@/features/torrents/model'
import { formatBytes, formatCount } from '@/lib/format'

type ChooseProps = {
  analysis: Analysis
  destinations: Destinations
  onBack: () => void
  onCreated: (jobId: number) => void
  openJobHref: (id: number) => string
}

export function Choose({ analysis, destinations, onBack, onCreated, openJobHref }: ChooseProps) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(() => new Set(analysis.files.map((file) => file.path)))
  const [chosen, setChosen] = useState<number | null>(null)
  const create = useCreateJob()
  const chosenFiles = analysis.files.filter((file) => selected.has(file.path))
  const bytes = chosenFiles.reduce((sum, file) => sum + file.size, 0)
  const destination = pickDestination(destinations.list ?? [], chosen)
  const blocked = whyBlocked(chosenFiles.length, destination)

  const start = () => {
    if (!destination || blocked) return
    create.mutate(
      {
        torrentFileId: analysis.torrentFileId,
        selectedFilePaths: chosenFiles.length === analysis.files.length ? null : chosenFiles.map((file) => file.path),
        storageProfileId: destination.id,
      },
      { onSuccess: ({ jobId }) => onCreated(jobId) },
    )
  }

  const otherJob = existingJobId(create.error)
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
      <div className="min-w-0 space-y-4">
        <header className="min-w-0">
          <h2 className="font-semibold [overflow-wrap:anywhere]">{analysis.fileName}</h2>
          <p className="num text-muted">
            {formatCount(analysis.files.length, 'file')}, {formatBytes(analysis.totalSizeInBytes)}
          </p>
          <p className="flex items-center gap-1 text-muted">
            <span className="min-w-0 font-mono text-xs break-all">{analysis.infoHash.toLowerCase()}</span>
            <CopyButton text={analysis.infoHash.toLowerCase()} label="Copy the info hash" />
          </p>
        </header>
        <FileTree files={analysis.files} selected={selected} onSelect={setSelected} />
      </div>
      <div className="min-w-0 space-y-4 lg:sticky lg:top-18">
        <SwarmHealth health={analysis.torrentHealth} />
        <Panel label="Destination" title="Destination">
          <div className="space-y-4 p-4">
            <DestinationSelect destinations={destinations} value={destination} onChange={setChosen} />
            {destination && <PathPreview analysis={analysis} first={chosenFiles[0]?.path} provider={destination.provider} />}
          </div>
        </Panel>
        <div className="space-y-3">
          <p className="num flex justify-between gap-3" role="status" aria-label="Selection">
            <span>
              {chosenFiles.length.toLocaleString('en')} of {formatCount(analysis.files.length, 'file')}
            </span>
            <span className="font-semibold">{formatBytes(bytes)}</span>
          </p>
          {create.error && (
            <p role="alert" className="rounded-md bg-failed-soft px-3 py-2 text-failed">
              {errorText(create.error)}{' '}
              {otherJob !== null && (
                <Link className="font-semibold underline" to={openJobHref(otherJob)}>
                  Open that job
                </Link>
              )}
            </p>
          )}
          <Button variant="primary" className="w-full" busy={create.isPending} disabled={blocked !== null} onClick={start}>
            Start
          </Button>
          {blocked && <p className="text-xs text-muted">{blocked}</p>}
          <Button variant="quiet" className="w-full" onClick={onBack}>
            Choose another torrent
          </Button>
        </div>
      </div>
    </div>
  )
}

function whyBlocked(files: number, destination: Destination | null): string | null {
  if (files === 0) return 'Select at least one file.'
  if (!destination) return 'Choose a destination.'
  return destination.problem
}

/** The person's choice, else the default, else the first that works. */
function pickDestination(list: readonly Destination[], chosen: number | null): Destination | null {
  const usable = list.filter((destination) => destination.problem === null)
  return list.find(({ id }) => id === chosen) ?? usable.find(({ isDefault }) => isDefault) ?? usable[0] ?? list[0] ?? null
}

/** A torrent with folders keeps its name as the top folder; a single file stands alone. */
function PathPreview({ analysis, first, provider }: { analysis: Analysis; first: string | undefined; provider: string }) {
  if (!first) return null
  const single = analysis.files.length === 1 && first === analysis.fileName
  const path = single ? first : `${analysis.fileName}/${first}`
  return (
    <div>
      <p className="text-xs text-muted">{provider === 'S3' ? 'Object keys look like' : 'Files will be at'}</p>
      <p className="mt-0.5 font-mono text-xs break-all">
        torrents/<span className="text-muted">{'{job}'}</span>/{path}
      </p>
    </div>
  )
}
