import { type ReactNode, useRef } from 'react'
import { useWindowed } from '@/hooks/use-windowed'

/** Fewer rows are cheaper to draw than to measure. */
const WINDOW_ABOVE = 200
const SHOWN_ROWS = 12

type WindowedTableProps = {
  label: string
  count: number
  rowHeight: number
  /** Draws one row, with the role and the place (`top`) that it is given. */
  row: (position: number, top: number) => ReactNode
  /** The names of the columns, a row too. */
  header?: ReactNode
}

/** A table of any length in a scrolling box: of a long one only the rows that are looked at are drawn. */
export function WindowedTable({ label, count, rowHeight, row, header }: WindowedTableProps) {
  const container = useRef<HTMLDivElement>(null)
  const windowed = useWindowed(container, count, rowHeight)
  const all = count <= WINDOW_ABOVE
  const first = all ? 0 : windowed.first
  const last = all ? count : windowed.last
  return (
    <div role="table" aria-label={label} aria-rowcount={count + (header ? 1 : 0)} className="@container">
      {header && <div role="rowgroup">{header}</div>}
      <div
        ref={container}
        role="rowgroup"
        // A scrolling region must be reachable by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        style={{ maxHeight: SHOWN_ROWS * rowHeight }}
        className="overflow-y-auto"
      >
        <div role="presentation" className="relative" style={{ height: count * rowHeight }}>
          {Array.from({ length: last - first }, (_, offset) => row(first + offset, (first + offset) * rowHeight))}
        </div>
      </div>
    </div>
  )
}
