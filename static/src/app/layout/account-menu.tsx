import { useQuery } from '@tanstack/react-query'
import { CircleUser, Keyboard, LogOut, UserRoundCog } from 'lucide-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { errorText } from '@/components/error-state'
import { IconButton } from '@/components/ui/button'
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from '@/components/ui/menu'
import { paths } from '@/config/paths'
import { useLogout } from '@/features/auth/api/logout'
import { sessionQuery } from '@/features/auth/api/session'
import { applyTheme, storedTheme, type Theme } from '@/lib/theme'
import { showToast } from '@/lib/toast'

const themes: readonly { value: Theme; label: string }[] = [
  { value: 'system', label: 'Theme of the system' },
  { value: 'light', label: 'Light theme' },
  { value: 'dark', label: 'Dark theme' },
]

export function AccountMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const session = useQuery(sessionQuery)
  const logout = useLogout()
  const navigate = useNavigate()
  const [theme, setTheme] = useState(storedTheme)
  const change = (next: Theme) => {
    applyTheme(next)
    setTheme(next)
  }
  return (
    <Menu
      label="Account"
      trigger={
        <IconButton label="Account">
          <CircleUser aria-hidden className="size-5!" strokeWidth={1.75} />
        </IconButton>
      }
    >
      <MenuLabel>
        <span className="block text-sm font-semibold text-text">{session.data?.name ?? session.data?.email}</span>
        {session.data?.name && <span className="block">{session.data.email}</span>}
      </MenuLabel>
      <MenuItem onSelect={() => void navigate(paths.account.href())}>
        <UserRoundCog aria-hidden />
        Account and API keys
      </MenuItem>
      <MenuSeparator />
      <MenuChoice value={theme} onChange={change} options={themes} />
      <MenuSeparator />
      <MenuItem onSelect={onShortcuts}>
        <Keyboard aria-hidden />
        Keyboard shortcuts
      </MenuItem>
      <MenuItem onSelect={() => logout.mutate(undefined, { onError: (error) => showToast(errorText(error), 'failed') })}>
        <LogOut aria-hidden />
        Log out
      </MenuItem>
    </Menu>
  )
}
