import { useId } from 'react'
import { cn } from '@/lib/cn'

type SwitchProps = { label: string; hint: string; checked: boolean; disabled?: boolean; onChange: (checked: boolean) => void }

/** On or off, with effect at once; a form has checkboxes. */
export function Switch({ label, hint, checked, disabled = false, onChange }: SwitchProps) {
  const id = useId()
  return (
    <>
      <div className="min-w-0">
        <p id={`${id}-label`}>{label}</p>
        <p id={`${id}-hint`} className="text-xs text-muted">
          {hint}
        </p>
      </div>
      <button
        type="button"
        role="switch"
        aria-checked={checked}
        aria-labelledby={`${id}-label`}
        aria-describedby={`${id}-hint`}
        disabled={disabled}
        onClick={() => onChange(!checked)}
        className={cn(
          'inline-flex h-6 w-10 shrink-0 items-center rounded-full border p-0.5 transition-colors disabled:cursor-not-allowed',
          checked ? 'border-action bg-action' : 'border-line-strong bg-sunken',
        )}
      >
        <span aria-hidden className={cn('size-4 rounded-full transition-transform', checked ? 'translate-x-4.5 bg-on-action' : 'bg-muted')} />
      </button>
    </>
  )
}
