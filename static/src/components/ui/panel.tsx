import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

type PanelProps = {
  title?: ReactNode
  /** In the title's place, where a panel can show one thing or another. */
  tabs?: ReactNode
  aside?: ReactNode
  children: ReactNode
  className?: string
  label?: string
}

/** A surface with a hairline border; the only box there is. */
export function Panel({ title, tabs, aside, children, className, label }: PanelProps) {
  return (
    <section aria-label={label} className={cn('min-w-0 rounded-md border border-line bg-surface', className)}>
      {(title || tabs || aside) && (
        <header className="flex min-h-11 flex-wrap items-center justify-between gap-x-3 gap-y-1 border-b border-line px-4 py-2">
          {tabs ?? <h2 className="text-sm font-semibold">{title}</h2>}
          {aside}
        </header>
      )}
      {children}
    </section>
  )
}
