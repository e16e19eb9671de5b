import { WindowedTable } from '@/components/windowed-table'
import { toneText } from '@/features/jobs/components/state'
import type { JobFile } from '@/features/jobs/model'
import type { Tone } from '@/features/jobs/status'
import { cn } from '@/lib/cn'
import { formatBytes, formatPercent } from '@/lib/format'

const ROW_HEIGHT = 52

/** A file's state as a word, in the list of files and in their proof. */
export const fileStates = {
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
  if (files.length === 0) return <p className="px-4 py-6 text-muted">The files are listed as soon as the torrent has been read.</p>
  return (
    <WindowedTable
      label="Files of this job"
      count={files.length}
      rowHeight={ROW_HEIGHT}
      row={(position, top) => {
        const file = files[position]
        return file && <FileRow key={file.index} file={file} active={active} position={position} top={top} />
      }}
    />
  )
}

function FileRow({ file, active, position, top }: { file: JobFile; active: boolean; position: number; top: number }) {
  // The wire keeps where a file was when its job ended; nothing moves it any more.
  const { word, tone } = active || fileStates[file.state].tone !== 'moving' ? fileStates[file.state] : stopped
  const slash = file.path.lastIndexOf('/') + 1
  return (
    <div
      role="row"
      aria-rowindex={position + 1}
      data-testid="file-row"
      data-state={file.state}
      style={{ top, height: ROW_HEIGHT }}
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
