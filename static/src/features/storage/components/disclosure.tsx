import { ChevronRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'

/** Something that few people need, one press away; `forced` opens it, because something inside asks for attention. */
export function Disclosure({ summary, children, forced = false }: { summary: string; children: ReactNode; forced?: boolean }) {
  const [open, setOpen] = useState(forced)
  if (forced && !open) setOpen(true)
  return (
    <details className="group" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="-ml-1 inline-flex min-h-8 cursor-pointer list-none items-center gap-1 rounded-md px-1 text-muted select-none hover:text-text [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-4 shrink-0 transition-transform group-open:rotate-90" />
        {summary}
      </summary>
      <div className="pt-3">{children}</div>
    </details>
  )
}
