/** The mark is the product's signature bar: downloaded above, uploaded below. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={className}>
      <rect width="32" height="32" rx="8" className="fill-action" />
      <rect x="6" y="9" width="20" height="5" rx="2.5" className="fill-on-action" opacity="0.6" />
      <rect x="6" y="18" width="13" height="5" rx="2.5" className="fill-on-action" />
    </svg>
  )
}
