import { Suspense, useEffect, useRef, useState } from 'react'
import { Link, Outlet, useLocation, useNavigate } from 'react-router'
import { ErrorBoundary } from '@/app/error-boundary'
import { AccountMenu } from '@/app/layout/account-menu'
import { Nav } from '@/app/layout/nav'
import { SearchBox } from '@/app/layout/search-box'
import { ShortcutSheet } from '@/app/shortcut-sheet'
import { Logo } from '@/components/logo'
import { Skeleton } from '@/components/ui/skeleton'
import { paths } from '@/config/paths'
import { HealthDot } from '@/features/health/components/health-dot'
import { TransferTotals } from '@/features/jobs/components/transfer-totals'
import { useLiveJobs } from '@/features/jobs/live/use-live-jobs'
import { useHotkeys } from '@/hooks/use-hotkeys'

export default function AppShell() {
  useLiveJobs()
  const search = useRef<HTMLInputElement>(null)
  const [sheet, setSheet] = useState(false)
  const { pathname } = useLocation()
  const navigate = useNavigate()
  useHotkeys({
    n: () => void navigate(paths.newTorrent.href()),
    '/': () => {
      search.current?.focus()
      search.current?.select()
    },
    '?': () => setSheet(true),
    'g j': () => void navigate(paths.jobs.href()),
    'g s': () => void navigate(paths.storage.href()),
    'g a': () => void navigate(paths.account.href()),
  })

  return (
    <div className="md:grid md:grid-cols-[13rem_minmax(0,1fr)]">
      <a href="#main" className="sr-only z-50 rounded-md bg-raised px-4 py-2 focus:not-sr-only focus:fixed focus:top-3 focus:left-3">
        Skip to the content
      </a>
      <aside className="md:sticky md:top-0 md:h-dvh md:border-r">
        <Link to={paths.jobs.href()} className="mx-3 my-2.5 hidden h-9 items-center gap-2.5 rounded-md px-3 font-semibold md:flex">
          <Logo className="size-6" />
          TorrentClou
        </Link>
        <Nav />
      </aside>
      <div className="min-w-0">
        <header className="sticky top-0 z-20 flex h-14 items-center gap-2 border-b bg-bg px-4 md:gap-4 md:px-6">
          <Link to={paths.jobs.href()} aria-label="TorrentClou, jobs" className="rounded-md md:hidden">
            <Logo className="size-7" />
          </Link>
          <SearchBox inputRef={search} />
          <div className="ml-auto flex items-center gap-1 md:gap-3">
            <div className="hidden sm:block">
              <TransferTotals />
            </div>
            <HealthDot />
            <AccountMenu onShortcuts={() => setSheet(true)} />
          </div>
        </header>
        <Main key={pathname} pathname={pathname} />
      </div>
      {sheet && <ShortcutSheet onClose={() => setSheet(false)} />}
    </div>
  )
}

let arrivals = 0

/** Takes the focus when another page arrives, so that the keyboard and the screen reader go on at its top. */
function Main({ pathname }: { pathname: string }) {
  const main = useRef<HTMLElement>(null)
  useEffect(() => {
    arrivals += 1
    if (arrivals === 1) return
    main.current?.focus({ preventScroll: true })
    window.scrollTo(0, 0)
  }, [])
  return (
    <main ref={main} id="main" tabIndex={-1} className="mx-auto max-w-[78rem] px-4 pt-5 pb-28 outline-none md:px-6 md:pb-12">
      <ErrorBoundary resetKey={pathname}>
        <Suspense fallback={<PageSkeleton />}>
          <Outlet />
        </Suspense>
      </ErrorBoundary>
    </main>
  )
}

function PageSkeleton() {
  return (
    <div role="status" aria-label="Loading the page" className="space-y-4">
      <Skeleton className="h-7 w-40" />
      <Skeleton className="h-64 rounded-md" />
    </div>
  )
}
