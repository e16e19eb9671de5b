import type { ComponentProps } from 'react'
import { cn } from '@/lib/cn'

const variants = {
  primary: 'bg-action text-on-action hover:bg-action-hover border-transparent',
  secondary: 'bg-surface text-text hover:bg-hover border-line-strong/50',
  quiet: 'bg-transparent text-text hover:bg-hover border-transparent',
  danger: 'bg-danger text-on-danger hover:bg-danger-hover border-transparent',
} as const

export type ButtonVariant = keyof typeof variants

/** The look of a button, for links that act like one. */
export function buttonClass(variant: ButtonVariant = 'secondary', extra?: string): string {
  return cn(
    'inline-flex h-9 shrink-0 select-none items-center justify-center gap-2 rounded-md border px-3 text-sm font-semibold whitespace-nowrap transition-colors',
    'disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0',
    variants[variant],
    extra,
  )
}

type ButtonProps = ComponentProps<'button'> & {
  variant?: ButtonVariant
  /** Keeps the width, blocks a second click and says so to assistive technology. */
  busy?: boolean
}

export function Button({ variant = 'secondary', busy = false, className, children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={buttonClass(variant, className)}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      {...rest}
    >
      {busy && <span aria-hidden className="size-3 animate-spin rounded-full border-2 border-current border-r-transparent" />}
      {children}
    </button>
  )
}

type IconButtonProps = ComponentProps<'button'> & { label: string }

/** A square button without text; its name is required, and shown on hover. */
export function IconButton({ label, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={cn(
        'inline-flex size-9 shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-hover hover:text-text',
        'disabled:cursor-not-allowed disabled:opacity-50 data-[state=open]:bg-hover data-[state=open]:text-text [&_svg]:size-4',
        className,
      )}
      {...rest}
    />
  )
}
