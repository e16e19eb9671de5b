import { ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { CopyButton } from '@/components/copy-button'
import { RelativeTime } from '@/components/relative-time'
import { WindowedTable } from '@/components/windowed-table'
import { fileStates } from '@/features/jobs/components/files-table'
import { toneText } from '@/features/jobs/components/state'
import { FileProof } from '@/features/jobs/proof/file-proof'
import { methodWords } from '@/features/jobs/proof/method-words'
import type { ProofFile } from '@/features/jobs/proof/model'
import { cn } from '@/lib/cn'
import { formatBytes } from '@/lib/format'

const ROW_HEIGHT = 56
/** By the width of the table and not of the screen: the timeline may stand beside it. */
const columns = 'grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 px-4 @[42rem]:grid-cols-[minmax(0,1fr)_11.5rem_minmax(0,0.9fr)]'

type ProofTableProps = { files: readonly ProofFile[]; provider: string; active: boolean }

/** Each file with its checksum and how it was compared; a press on a name shows all that is known of it. */
export function ProofTable({ files, provider, active }: ProofTableProps) {
  const [shown, setShown] = useState<ProofFile | null>(null)
  return (
    <>
      <WindowedTable
        label="Proof of the files"
        count={files.length}
        rowHeight={ROW_HEIGHT}
        header={
          <div role="row" aria-rowindex={1} className={cn(columns, 'hidden border-b border-line py-1.5 text-xs text-muted @[42rem]:grid')}>
            <span role="columnheader">File</span>
            <span role="columnheader">SHA-256</span>
            <span role="columnheader">Verified</span>
          </div>
        }
        row={(position, top) => {
          const file = files[position]
          return file && <Row key={file.path} file={file} active={active} position={position} top={top} onOpen={setShown} />
        }}
      />
      {shown && <FileProof file={shown} provider={provider} onClose={() => setShown(null)} />}
    </>
  )
}

type RowProps = { file: ProofFile; active: boolean; position: number; top: number; onOpen: (file: ProofFile) => void }

function Row({ file, active, position, top, onOpen }: RowProps) {
  const slash = file.path.lastIndexOf('/') + 1
  return (
    <div
      role="row"
      aria-rowindex={position + 2}
      data-testid="proof-row"
      data-state={file.state}
      style={{ top, height: ROW_HEIGHT }}
      className={cn(columns, 'absolute inset-x-0 border-b border-line last:border-b-0')}
    >
      <div role="cell" className="min-w-0">
        <button type="button" title={file.path} onClick={() => onOpen(file)} className="block max-w-full truncate rounded-sm text-left hover:underline">
          {file.path.slice(slash)}
        </button>
        <p className="truncate text-xs text-muted">
          <span className="num">{formatBytes(file.size)}</span>
          {slash > 0 && ` · ${file.path.slice(0, slash)}`}
        </p>
      </div>
      <div role="cell" className="hidden items-center gap-1 @[42rem]:flex">
        {file.sha256 === null ? (
          <span className="text-muted">–</span>
        ) : (
          <>
            <span className="font-mono text-xs" title={file.sha256}>
              {shortDigest(file.sha256)}
            </span>
            <CopyButton text={file.sha256} label={`Copy the SHA-256 of ${file.path.slice(slash)}`} />
          </>
        )}
      </div>
      <div role="cell" className="min-w-0 text-right @[42rem]:text-left">
        <Verdict file={file} active={active} />
      </div>
    </div>
  )
}

function Verdict({ file, active }: { file: ProofFile; active: boolean }) {
  if (file.state !== 'done') {
    const { word, tone } = fileStates[file.state]
    const stopped = !active && tone === 'moving'
    return (
      <>
        <p className={cn('font-semibold', toneText[stopped ? 'idle' : tone])}>{stopped ? 'Stopped' : word}</p>
        {file.errorMessage && (
          <p className="hidden truncate text-xs text-muted @[42rem]:block" title={file.errorMessage}>
            {file.errorMessage}
          </p>
        )}
      </>
    )
  }
  return (
    <>
      <p className="inline-flex items-center gap-1.5 text-done">
        <ShieldCheck aria-label="verified" className="size-4 shrink-0" />
        {file.verifiedAt && <RelativeTime iso={file.verifiedAt} />}
      </p>
      {file.method && (
        <p className="hidden truncate text-xs text-muted @[42rem]:block" title={methodWords(file.method)}>
          {methodWords(file.method)}
        </p>
      )}
    </>
  )
}

function shortDigest(digest: string): string {
  return `${digest.slice(0, 8)}…${digest.slice(-8)}`
}
