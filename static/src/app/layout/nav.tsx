import { Database, List, type LucideIcon, Plus } from 'lucide-react'
import { NavLink } from 'react-router'
import { paths } from '@/config/paths'
import { cn } from '@/lib/cn'

/** One row per place of the app. */
const places: { label: string; href: string; icon: LucideIcon }[] = [
  { label: 'Jobs', href: paths.jobs.href(), icon: List },
  { label: 'New', href: paths.newTorrent.href(), icon: Plus },
  { label: 'Storage', href: paths.storage.href(), icon: Database },
]

/** Down the side on a desktop, along the bottom on a phone: one navigation, drawn by CSS. */
export function Nav() {
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-30 flex border-t bg-surface pb-[env(safe-area-inset-bottom)] md:static md:flex-col md:gap-1 md:border-0 md:bg-transparent md:px-3 md:pb-0"
    >
      {places.map(({ label, href, icon: Icon }) => (
        <NavLink
          key={href}
          to={href}
          className={({ isActive }) =>
            cn(
              'flex flex-1 flex-col items-center justify-center gap-0.5 py-2 text-xs transition-colors md:h-9 md:flex-none md:flex-row md:justify-start md:gap-3 md:rounded-md md:px-3 md:py-0 md:text-sm',
              isActive ? 'font-semibold text-action md:bg-idle-soft md:text-text' : 'text-muted hover:text-text md:hover:bg-hover',
            )
          }
        >
          <Icon aria-hidden className="size-5 md:size-4" />
          {label}
        </NavLink>
      ))}
    </nav>
  )
}
