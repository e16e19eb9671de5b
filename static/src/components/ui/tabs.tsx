import { type KeyboardEvent, useRef } from 'react'
import { cn } from '@/lib/cn'

type TabsProps<T extends string> = { label: string; tabs: readonly { id: T; label: string }[]; value: T; onChange: (id: T) => void; panelId: string }

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 }

/** One thing or another in the same place; the arrows go from tab to tab, and the chosen one is the only stop of Tab. */
export function Tabs<T extends string>({ label, tabs, value, onChange, panelId }: TabsProps<T>) {
  const list = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key]
    if (step === undefined) return
    event.preventDefault()
    const at = tabs.findIndex(({ id }) => id === value)
    const next = (at + step + tabs.length) % tabs.length
    const target = tabs[next]
    if (!target) return
    onChange(target.id)
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus()
  }
  return (
    <div ref={list} role="tablist" aria-label={label} className="-my-2 -ml-2 flex self-stretch">
      {tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          id={`${panelId}-${tab.id}`}
          aria-selected={tab.id === value}
          aria-controls={panelId}
          tabIndex={tab.id === value ? 0 : -1}
          onClick={() => onChange(tab.id)}
          onKeyDown={move}
          className={cn(
            'min-h-11 border-b-2 px-2 text-sm font-semibold transition-colors',
            tab.id === value ? 'border-action text-text' : 'border-transparent text-muted hover:text-text',
          )}
        >
          {tab.label}
        </button>
      ))}
    </div>
  )
}
