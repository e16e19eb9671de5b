import { useEffect, useRef } from 'react'
import { CopyButton } from '@/components/copy-button'
import { Button } from '@/components/ui/button'
import type { CreatedKey } from '@/features/api-keys/model'

/** Not a dialog: a stray press beside it would lose what is shown only once. */
export function NewKey({ created, onDone }: { created: CreatedKey; onDone: () => void }) {
  const box = useRef<HTMLElement>(null)
  useEffect(() => box.current?.focus(), [created.id])
  const example = `curl -H "Authorization: Bearer ${created.key}" ${window.location.origin}/api/jobs`
  return (
    <section ref={box} tabIndex={-1} aria-label="The new key" className="space-y-3 border-b border-line bg-done-soft p-4">
      <div>
        <h3 className="font-semibold [overflow-wrap:anywhere]">{created.name} is ready</h3>
        <p>Copy the key now. Only a fingerprint of it is stored, so it is never shown again.</p>
      </div>
      <Copyable testId="new-api-key" text={created.key} label="Copy the key" />
      <div>
        <p className="mb-1 text-xs">To try it:</p>
        <Copyable text={example} label="Copy the command" />
      </div>
      <Button onClick={onDone}>I have copied it</Button>
    </section>
  )
}

function Copyable({ text, label, testId }: { text: string; label: string; testId?: string }) {
  return (
    <p className="flex items-center gap-1 rounded-md border border-line bg-surface py-1 pr-1 pl-3">
      <code data-testid={testId} className="min-w-0 flex-1 font-mono text-xs break-all">
        {text}
      </code>
      <CopyButton text={text} label={label} />
    </p>
  )
}
