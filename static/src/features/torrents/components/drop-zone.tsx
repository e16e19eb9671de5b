import { FileUp } from 'lucide-react'
import { type DragEvent, useEffect, useRef, useState } from 'react'
import { cn } from '@/lib/cn'

type DropZoneProps = { onFile: (file: File) => void; disabled: boolean }

/** Takes a file by drop, by paste anywhere on the page, or by the picker (click, Enter or space). */
export function DropZone({ onFile, disabled }: DropZoneProps) {
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)

  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const file = event.clipboardData?.files[0]
      if (!file || disabled) return
      event.preventDefault()
      onFile(file)
    }
    // A file that misses the zone would otherwise replace the page.
    const guard = (event: globalThis.DragEvent) => event.preventDefault()
    document.addEventListener('paste', paste)
    document.addEventListener('dragover', guard)
    document.addEventListener('drop', guard)
    return () => {
      document.removeEventListener('paste', paste)
      document.removeEventListener('dragover', guard)
      document.removeEventListener('drop', guard)
    }
  }, [onFile, disabled])

  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    const file = event.dataTransfer.files[0]
    if (file && !disabled) onFile(file)
  }

  return (
    <div
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      role="presentation"
    >
      <button
        type="button"
        disabled={disabled}
        aria-describedby="drop-hint"
        onClick={() => input.current?.click()}
        className={cn(
          'flex w-full flex-col items-center rounded-md border border-dashed px-6 py-14 text-center transition-colors disabled:cursor-progress disabled:opacity-60',
          over ? 'border-action bg-moving-soft' : 'border-line-strong bg-surface hover:bg-hover',
        )}
      >
        <FileUp aria-hidden className="size-6 text-muted" strokeWidth={1.5} />
        <span className="mt-3 font-semibold">{over ? 'Let go to add it' : 'Choose a .torrent file'}</span>
        <span id="drop-hint" className="mt-1 text-muted">
          or drop it here, or paste it from the clipboard
        </span>
      </button>
      <input
        ref={input}
        type="file"
        accept=".torrent,application/x-bittorrent"
        aria-label="Torrent file"
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0]
          // The same file may be chosen again after a failure.
          event.target.value = ''
          if (file) onFile(file)
        }}
      />
    </div>
  )
}
