import { cn } from '@/lib/cn'

/** A grey bar where text will be; the group around it says "loading" to assistive technology. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cn('skeleton block h-4', className)} />
}
