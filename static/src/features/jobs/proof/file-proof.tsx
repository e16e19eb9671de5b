import { ExternalLink } from 'lucide-react'
import type { ReactNode } from 'react'
import { CopyButton } from '@/components/copy-button'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { methodWords } from '@/features/jobs/proof/method-words'
import type { ProofFile } from '@/features/jobs/proof/model'
import { formatAbsolute, formatBytes } from '@/lib/format'

type FileProofProps = { file: ProofFile; provider: string; onClose: () => void }

/** All that is known of one file at its destination, each value to be copied. */
export function FileProof({ file, provider, onClose }: FileProofProps) {
  return (
    <Dialog title="Proof of one file" onClose={onClose} className="w-[min(38rem,calc(100vw-2rem))]">
      <dl className="mt-3 divide-y divide-line">
        <Value name="File" text={file.path} />
        <Fact name="Size">{formatBytes(file.size)}</Fact>
        {file.method && <Fact name="Verified">{methodWords(file.method)}</Fact>}
        {file.verifiedAt && <Fact name="At">{formatAbsolute(file.verifiedAt)}</Fact>}
        {file.errorMessage && <Fact name="Last error">{file.errorMessage}</Fact>}
        <Value name="SHA-256" text={file.sha256} />
        <Value name="MD5" text={file.md5} />
        <Value name={provider === 'S3' ? 'Object key' : 'Path there'} text={file.remoteKey} />
        <Value name="ETag" text={file.etag === file.remoteId ? null : file.etag} />
        <Value name="Drive id" text={file.remoteId} />
      </dl>
      <div className="mt-5 flex flex-wrap items-center justify-between gap-2">
        {file.remoteId ? (
          <a
            href={`https://drive.google.com/file/d/${encodeURIComponent(file.remoteId)}/view`}
            target="_blank"
            rel="noreferrer"
            className="inline-flex items-center gap-1.5 rounded-sm font-semibold text-action underline underline-offset-2"
          >
            Open in Google Drive
            <ExternalLink aria-hidden className="size-4" />
          </a>
        ) : (
          <span />
        )}
        <Button onClick={onClose}>Close</Button>
      </div>
    </Dialog>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="py-2 sm:flex sm:gap-4">
      <dt className="text-muted sm:w-28 sm:shrink-0">{name}</dt>
      <dd className="num min-w-0 flex-1 [overflow-wrap:anywhere]">{children}</dd>
    </div>
  )
}

function Value({ name, text }: { name: string; text: string | null }) {
  if (text === null) return null
  return (
    <Fact name={name}>
      <span className="-my-1 flex items-center justify-between gap-2">
        <span className="min-w-0 font-mono text-xs break-all">{text}</span>
        <CopyButton text={text} label={`Copy: ${name}`} />
      </span>
    </Fact>
  )
}
