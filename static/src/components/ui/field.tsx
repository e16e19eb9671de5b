import { ChevronDown } from 'lucide-react'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { cn } from '@/lib/cn'

const box =
  'w-full min-w-0 rounded-md border border-line-strong bg-surface px-3 text-text placeholder:text-muted disabled:opacity-60 aria-invalid:border-failed'
const control = cn(box, 'h-9 text-sm')

type Described = { label: string; hint?: ReactNode; error?: string | undefined; className?: string | undefined }

function Frame({ id, label, hint, error, className, children }: Described & { id: string; children: ReactNode }) {
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {label}
      </label>
      {children}
      {error ? (
        <p id={`${id}-error`} className="mt-1 text-xs text-failed">
          {error}
        </p>
      ) : (
        hint && (
          <p id={`${id}-hint`} className="mt-1 text-xs text-muted">
            {hint}
          </p>
        )
      )}
    </div>
  )
}

function describedBy(id: string, { error, hint }: Described): string | undefined {
  if (error) return `${id}-error`
  return hint ? `${id}-hint` : undefined
}

/** A labelled input; an error replaces the hint and is tied to the input. */
export function TextField({ label, hint, error, className, ...rest }: Described & ComponentProps<'input'>) {
  const id = useId()
  const frame = { label, hint, error, className }
  return (
    <Frame id={id} {...frame}>
      <input id={id} className={control} aria-invalid={error ? true : undefined} aria-describedby={describedBy(id, frame)} {...rest} />
    </Frame>
  )
}

/** Several lines of machine text: a certificate, a key. */
export function TextAreaField({ label, hint, error, className, ...rest }: Described & ComponentProps<'textarea'>) {
  const id = useId()
  const frame = { label, hint, error, className }
  return (
    <Frame id={id} {...frame}>
      <textarea
        id={id}
        className={cn(box, 'block resize-y py-2 font-mono text-xs')}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, frame)}
        {...rest}
      />
    </Frame>
  )
}

/** The browser's own select: its list is the best one on a phone, and it needs no style that CSP would forbid. */
export function SelectField({ label, hint, error, className, children, ...rest }: Described & ComponentProps<'select'>) {
  const id = useId()
  const frame = { label, hint, error, className }
  return (
    <Frame id={id} {...frame}>
      <div className="relative">
        <select
          id={id}
          className={cn(control, 'appearance-none truncate pr-9')}
          aria-invalid={error ? true : undefined}
          aria-describedby={describedBy(id, frame)}
          {...rest}
        >
          {children}
        </select>
        <ChevronDown aria-hidden className="pointer-events-none absolute top-2.5 right-3 size-4 text-muted" />
      </div>
    </Frame>
  )
}

export function CheckboxField({ label, hint, ...rest }: { label: string; hint?: string } & Omit<ComponentProps<'input'>, 'type'>) {
  const id = useId()
  return (
    <div className="flex items-start gap-2">
      <input
        id={id}
        type="checkbox"
        className="mt-0.5 size-4 accent-action"
        aria-describedby={hint ? `${id}-hint` : undefined}
        {...rest}
      />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint && (
          <p id={`${id}-hint`} className="text-xs text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}
