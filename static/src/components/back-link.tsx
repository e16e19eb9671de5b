import { ChevronLeft } from 'lucide-react'
import { Link } from 'react-router'

/** The way up from a page that belongs to a list. */
export function BackLink({ to, children }: { to: string; children: string }) {
  return (
    <Link to={to} className="-ml-1 mb-2 inline-flex h-8 items-center gap-1 rounded-md pr-2 text-muted hover:text-text">
      <ChevronLeft aria-hidden className="size-4" />
      {children}
    </Link>
  )
}
