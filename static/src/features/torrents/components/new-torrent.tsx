import { useCallback, useEffect, useRef, useState } from 'react'
import { errorText } from '@/components/error-state'
import { Button } from '@/components/ui/button'
import { useAnalyzeTorrent } from '@/features/torrents/api/analyze-torrent'
import { Choose } from '@/features/torrents/components/choose'
import { DropZone } from '@/features/torrents/components/drop-zone'
import { checkTorrentFile } from '@/features/torrents/file-check'
import type { Destination } from '@/features/torrents/model'
import { announce } from '@/lib/announce'

export type Destinations = { list: readonly Destination[] | undefined; error: unknown; retry: () => void; newHref: string }

type NewTorrentProps = { destinations: Destinations; onCreated: (jobId: number) => void; openJobHref: (id: number) => string }

/** First a file, then the choice of files and destination. */
export function NewTorrent(props: NewTorrentProps) {
  const [problem, setProblem] = useState<string | null>(null)
  const [sending, setSending] = useState<{ name: string; share: number } | null>(null)
  const running = useRef<AbortController | null>(null)
  const analyze = useAnalyzeTorrent()
  const { mutateAsync, reset } = analyze

  useEffect(() => () => running.current?.abort(), [])

  const start = useCallback(
    async (file: File) => {
      reset()
      const refused = await checkTorrentFile(file)
      setProblem(refused)
      if (refused) return
      const control = new AbortController()
      running.current = control
      setSending({ name: file.name, share: 0 })
      try {
        const analysis = await mutateAsync({ file, signal: control.signal, onProgress: (share) => setSending({ name: file.name, share }) })
        announce(`${analysis.fileName} has ${analysis.files.length} files. Choose what to download.`)
      } catch (error) {
        if (!control.signal.aborted) setProblem(errorText(error))
      } finally {
        setSending(null)
      }
    },
    [mutateAsync, reset],
  )
  const onFile = useCallback((file: File) => void start(file), [start])

  if (analyze.data) return <Choose key={analyze.data.torrentFileId} analysis={analyze.data} onBack={reset} {...props} />
  return (
    <div className="mx-auto max-w-2xl space-y-4">
      <DropZone onFile={onFile} disabled={sending !== null} />
      {sending && <Progress {...sending} onStop={() => running.current?.abort()} />}
      {problem && (
        <p role="alert" className="rounded-md bg-failed-soft px-4 py-3 text-failed [overflow-wrap:anywhere]">
          {problem}
        </p>
      )}
      <p className="text-muted">
        The next step shows the files inside and how alive the swarm is. Nothing is downloaded before you press Start.
      </p>
    </div>
  )
}

function Progress({ name, share, onStop }: { name: string; share: number; onStop: () => void }) {
  const sent = share >= 1
  return (
    <div role="status" className="rounded-md border border-line bg-surface p-4">
      <div className="flex items-center justify-between gap-3">
        <p className="min-w-0 truncate">{sent ? `Reading ${name} and asking its trackers` : `Sending ${name}`}</p>
        <Button variant="quiet" className="h-7 px-2" onClick={onStop}>
          Stop
        </Button>
      </div>
      <progress
        aria-label={sent ? 'Analysing' : 'Sending'}
        value={sent ? undefined : share}
        className="mt-2 h-2 w-full overflow-hidden rounded-full accent-action"
      />
      {sent && <p className="mt-1 text-xs text-muted">Trackers get a few seconds to answer.</p>}
    </div>
  )
}
