import { useEffect, useRef } from 'react'

/** Maps a key ("n", "/", "?", "Enter") or a sequence ("g j") to what it does. */
export type Hotkeys = Record<string, (event: KeyboardEvent) => void>

const SEQUENCE_MS = 1_000

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type=checkbox]), select, textarea'))
}

/** Keys work anywhere except while typing, with a modifier, or behind an open dialog or menu. */
export function useHotkeys(hotkeys: Hotkeys): void {
  const current = useRef(hotkeys)
  useEffect(() => {
    current.current = hotkeys
  })
  useEffect(() => {
    let prefix = ''
    let prefixAt = 0
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (document.querySelector('dialog[open], [role=menu]')) return
      const fresh = Date.now() - prefixAt < SEQUENCE_MS ? prefix : ''
      const action = (fresh && current.current[`${fresh} ${event.key}`]) || current.current[event.key]
      prefix = event.key === 'g' ? 'g' : ''
      prefixAt = Date.now()
      if (!action) return
      event.preventDefault()
      action(event)
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [])
}
