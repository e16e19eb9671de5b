import { Search } from 'lucide-react'
import { type RefObject, useEffect, useRef, useState } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { paths } from '@/config/paths'
import { filterParams, parseFilter } from '@/features/jobs/filter'

const PAUSE_MS = 250

/** Searches the jobs from anywhere. What is typed goes to the URL after a pause, and leaves one history entry and not one per letter. */
export function SearchBox({ inputRef }: { inputRef: RefObject<HTMLInputElement | null> }) {
  const { pathname, search } = useLocation()
  const navigate = useNavigate()
  const [draft, setDraft] = useState<string | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  const onJobs = pathname === paths.jobs.href()
  const filter = parseFilter(new URLSearchParams(onJobs ? search : ''))
  const go = (q: string) => {
    clearTimeout(timer.current)
    if (q.trim() === filter.q) return
    const query = filterParams({ ...filter, q: q.trim(), page: 1 }).toString()
    void navigate(query ? `${paths.jobs.href()}?${query}` : paths.jobs.href(), { replace: onJobs && filter.q !== '' })
  }

  return (
    <form
      role="search"
      className="relative min-w-0 flex-1 md:max-w-sm"
      onSubmit={(event) => {
        event.preventDefault()
        go(draft ?? filter.q)
      }}
    >
      <Search aria-hidden className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-muted" />
      <input
        ref={inputRef}
        type="search"
        aria-label="Search jobs"
        aria-keyshortcuts="/"
        placeholder="Search jobs"
        value={draft ?? filter.q}
        onChange={(event) => {
          const q = event.target.value
          setDraft(q)
          clearTimeout(timer.current)
          timer.current = setTimeout(() => go(q), PAUSE_MS)
        }}
        onBlur={() => setDraft(null)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
        className="h-9 w-full rounded-md border border-line-strong/50 bg-surface pr-2 pl-8 placeholder:text-muted"
      />
    </form>
  )
}
