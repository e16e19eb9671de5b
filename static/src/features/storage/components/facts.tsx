import type { ReactNode } from 'react'

/** Names and values in two columns; on a phone the name stands above. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="divide-y divide-line px-4">{children}</dl>
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="py-2.5 sm:flex sm:gap-4">
      <dt className="text-muted sm:w-40 sm:shrink-0">{name}</dt>
      <dd className="min-w-0 flex-1 [overflow-wrap:anywhere]">{children}</dd>
    </div>
  )
}
