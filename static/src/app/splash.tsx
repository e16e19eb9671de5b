import { Logo } from '@/components/logo'

/** Between the first byte and the first page; still, because it is usually gone in a moment. */
export function Splash() {
  return (
    <div role="status" aria-label="Loading" className="flex min-h-dvh items-center justify-center">
      <Logo className="size-8" />
    </div>
  )
}
