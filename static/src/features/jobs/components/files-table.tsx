import { useRef } from 'react'
import { Panel } from '@/components/ui/panel'
import { toneText } from '@/features/jobs/components/state'
import type { JobFile } from '@/features/jobs/model'
import type { Tone } from '@/features/jobs/status'
import { useWindowed } from '@/hooks/use-windowed'
import { cn } from '@/lib/cn'
import { formatBytes, formatCount, formatPercent } from '@/lib/format'

const ROW_HEIGHT = 52
/** Fewer rows are cheaper to draw than to measure. */
const WINDOW_ABOVE = 200
const SHOWN_ROWS = 12

const states = {
  pending: { word: 'Waiting', tone: 'idle' },
  downloading: { word: 'Downloading', tone: 'moving' },
  ready: { word: 'Downloaded', tone: 'idle' },
  uploading: { word: 'Uploading', tone: 'moving' },
  done: { word: 'Done', tone: 'done' },
  failed: { word: 'Failed', tone: 'failed' },
} as const satisfies Record<JobFile['state'], { word: string; tone: Tone }>

const stopped = { word: 'Stopped', tone: 'idle' } as const

type FilesTableProps = { files: readonly JobFile[]; active: boolean }

export function FilesTable({ files, active }: FilesTableProps) {
  const done = files.filter((file) => file.state === 'done').length
  return (
    <Panel
      label="Files"
      title="Files"
      aside={
        <span className="num text-xs text-muted">
          {done} of {formatCount(files.length, 'file')} done
        </span>
      }
    >
      {files.length === 0 ? <p className="px-4 py-6 text-muted">The files are listed as soon as the torrent has been read.</p> : <FileRows files={files} active={active} />}
    </Panel>
  )
}

function FileRows({ files, active }: FilesTableProps) {
  const container = useRef<HTMLDivElement>(null)
  const windowed = useWindowed(container, files.length, ROW_HEIGHT)
  const all = files.length <= WINDOW_ABOVE
  const first = all ? 0 : windowed.first
  const last = all ? files.length : windowed.last
  return (
    <div
      ref={container}
      // A scrolling region must be reachable by keyboard.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="table"
      aria-label="Files of this job"
      aria-rowcount={files.length}
      style={{ maxHeight: SHOWN_ROWS * ROW_HEIGHT }}
      className="overflow-y-auto"
    >
      <div role="rowgroup" className="relative" style={{ height: files.length * ROW_HEIGHT }}>
        {files.slice(first, last).map((file, offset) => (
          <FileRow key={file.index} file={file} active={active} position={first + offset} />
        ))}
      </div>
    </div>
  )
}

function FileRow({ file, active, position }: { file: JobFile; active: boolean; position: number }) {
  // The wire keeps where a file was when its job ended; nothing moves it any more.
  const { word, tone } = active || states[file.state].tone !== 'moving' ? states[file.state] : stopped
  const slash = file.path.lastIndexOf('/') + 1
  return (
    <div
      role="row"
      aria-rowindex={position + 1}
      data-testid="file-row"
      data-state={file.state}
      style={{ top: position * ROW_HEIGHT, height: ROW_HEIGHT }}
      className="absolute inset-x-0 grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 border-b border-line px-4 sm:grid-cols-[minmax(0,1fr)_5.5rem_10rem]"
    >
      <div role="cell" className="min-w-0" title={file.path}>
        <p className="truncate">{file.path.slice(slash)}</p>
        <p className="truncate text-xs text-muted">
          <span className="num sm:hidden">{formatBytes(file.size)} </span>
          {slash > 0 && file.path.slice(0, slash)}
        </p>
      </div>
      <div role="cell" className="num hidden text-right text-muted sm:block">
        {formatBytes(file.size)}
      </div>
      <div role="cell" className="num text-right">
        <p className={cn('font-semibold', toneText[tone])}>{word}</p>
        <p className="text-xs whitespace-nowrap text-muted">{secondLine(file)}</p>
      </div>
    </div>
  )
}

function secondLine(file: JobFile): string {
  if (file.state === 'done') return file.verifiedBy ? `verified by ${file.verifiedBy}` : ''
  if (file.state === 'downloading') return formatPercent(file.bytesDownloaded, file.size)
  if (file.state === 'uploading') return formatPercent(file.bytesUploaded, file.size)
  return ''
}
