import { ChevronDown, ChevronLeft, ChevronRight } from 'lucide-react'
import { IconButton } from '@/components/ui/button'
import { PAGE_SIZES } from '@/features/jobs/filter'

type PagerProps = {
  page: number
  size: number
  totalCount: number
  totalPages: number
  onPage: (page: number) => void
  onSize: (size: number) => void
}

export function Pager({ page, size, totalCount, totalPages, onPage, onSize }: PagerProps) {
  if (totalCount <= PAGE_SIZES[0]) return null
  const first = (page - 1) * size + 1
  const last = Math.min(totalCount, page * size)
  return (
    <nav aria-label="Pages" className="mt-3 flex flex-wrap items-center justify-between gap-3 text-muted">
      <label className="flex items-center gap-2">
        Rows
        <span className="relative">
          <select
            value={size}
            onChange={(event) => onSize(Number(event.target.value))}
            className="h-9 appearance-none rounded-md border border-line-strong/50 bg-surface pr-8 pl-3 text-text"
          >
            {PAGE_SIZES.map((option) => (
              <option key={option}>{option}</option>
            ))}
          </select>
          <ChevronDown aria-hidden className="pointer-events-none absolute top-0.5 right-2.5 size-4" />
        </span>
      </label>
      <div className="flex items-center gap-1">
        <span className="num mr-2">
          {first}–{last} of {totalCount.toLocaleString('en')}
        </span>
        <IconButton label="Previous page" disabled={page <= 1} onClick={() => onPage(page - 1)}>
          <ChevronLeft aria-hidden />
        </IconButton>
        <IconButton label="Next page" disabled={page >= totalPages} onClick={() => onPage(page + 1)}>
          <ChevronRight aria-hidden />
        </IconButton>
      </div>
    </nav>
  )
}
