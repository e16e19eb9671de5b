import { ChevronRight, Search } from 'lucide-react'
import { useEffect, useId, useRef } from 'react'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { NodeIcon } from '@/features/torrents/components/file-icon'
import type { TorrentFile } from '@/features/torrents/model'
import { type Check, checkOf, filesOf, nodeKey, type TreeRow } from '@/features/torrents/tree-model'
import { type FileTree as Tree, useFileTree } from '@/features/torrents/use-file-tree'
import { useWindowed } from '@/hooks/use-windowed'
import { cn } from '@/lib/cn'
import { formatBytes, formatCount } from '@/lib/format'

const ROW_HEIGHT = 34
const SHOWN_ROWS = 16

type FileTreeProps = { files: readonly TorrentFile[]; selected: ReadonlySet<string>; onSelect: (next: Set<string>) => void }

/** Choose files: a tree after the WAI-ARIA pattern, drawn only where it is looked at. */
export function FileTree({ files, selected, onSelect }: FileTreeProps) {
  const tree = useFileTree(files, selected, onSelect)
  const shownFiles = tree.shown.flatMap(filesOf)
  const filtering = tree.filter.trim() !== ''
  const choose = (on: boolean) => {
    const next = new Set(selected)
    for (const path of shownFiles) {
      if (on) next.add(path)
      else next.delete(path)
    }
    onSelect(next)
  }
  return (
    <Panel label="Files of the torrent">
      <div className="flex flex-wrap items-center gap-2 border-b border-line p-2">
        <label className="relative min-w-40 flex-1">
          <span className="sr-only">Filter files</span>
          <Search aria-hidden className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-muted" />
          <input
            type="search"
            value={tree.filter}
            placeholder="Filter files"
            onChange={(event) => tree.setFilter(event.target.value)}
            className="h-9 w-full rounded-md border border-line-strong bg-surface pr-2 pl-8 placeholder:text-muted"
          />
        </label>
        <Button variant="quiet" onClick={() => choose(true)}>
          {filtering ? 'Select shown' : 'Select all'}
        </Button>
        <Button variant="quiet" onClick={() => choose(false)}>
          {filtering ? 'Clear shown' : 'Clear'}
        </Button>
      </div>
      {filtering && (
        <p role="status" className="border-b border-line px-4 py-1.5 text-xs text-muted">
          {shownFiles.length === 0 ? 'No file matches.' : `${formatCount(shownFiles.length, 'file')} shown of ${files.length.toLocaleString('en')}`}
        </p>
      )}
      <Rows tree={tree} selected={selected} />
    </Panel>
  )
}

function Rows({ tree, selected }: { tree: Tree; selected: ReadonlySet<string> }) {
  const id = useId()
  const container = useRef<HTMLDivElement>(null)
  const { first, last, totalHeight } = useWindowed(container, tree.rows.length, ROW_HEIGHT)
  const { currentIndex } = tree
  useEffect(() => {
    const box = container.current
    if (!box) return
    const top = currentIndex * ROW_HEIGHT
    if (top < box.scrollTop) box.scrollTop = top
    else if (top + ROW_HEIGHT > box.scrollTop + box.clientHeight && box.clientHeight > 0) box.scrollTop = top + ROW_HEIGHT - box.clientHeight
  }, [currentIndex])
  const drawn = tree.rows.slice(first, last).map((row, offset) => ({ row, index: first + offset }))
  const currentDrawn = currentIndex >= first && currentIndex < last
  return (
    <div
      ref={container}
      role="tree"
      tabIndex={0}
      aria-label="Files"
      aria-activedescendant={currentDrawn && tree.rows.length > 0 ? `${id}-${currentIndex}` : undefined}
      onKeyDown={tree.onKeyDown}
      style={{ maxHeight: SHOWN_ROWS * ROW_HEIGHT }}
      className="group overflow-y-auto py-1 outline-none"
    >
      <div role="presentation" className="relative" style={{ height: totalHeight }}>
        {drawn.map(({ row, index }) => (
          <Row
            key={nodeKey(row.node)}
            id={`${id}-${index}`}
            row={row}
            top={index * ROW_HEIGHT}
            check={checkOf(row.node, selected)}
            current={index === currentIndex}
            onToggle={() => {
              tree.setCurrent(nodeKey(row.node))
              tree.toggleRow(row)
            }}
            onExpand={() => {
              tree.setCurrent(nodeKey(row.node))
              tree.setExpanded(row, !row.expanded)
            }}
          />
        ))}
      </div>
    </div>
  )
}

type RowProps = { id: string; row: TreeRow; top: number; check: Check; current: boolean; onToggle: () => void; onExpand: () => void }

function Row({ id, row, top, check, current, onToggle, onExpand }: RowProps) {
  const { node } = row
  return (
    // The tree itself has the focus and handles the keys; a click anywhere on the row selects; aria-checked carries the choice.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      id={id}
      role="treeitem"
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-expanded={node.kind === 'folder' ? row.expanded : undefined}
      aria-selected={current}
      aria-checked={check === 'some' ? 'mixed' : check === 'all'}
      title={node.path}
      onClick={onToggle}
      style={{ top, height: ROW_HEIGHT, paddingLeft: 8 + (row.level - 1) * 20 }}
      className={cn(
        'absolute inset-x-0 flex cursor-pointer items-center gap-2 pr-4 select-none hover:bg-hover',
        current && 'group-focus-visible:bg-hover group-focus-visible:inset-ring-2 group-focus-visible:inset-ring-focus',
      )}
    >
      {node.kind === 'folder' ? (
        <button
          type="button"
          tabIndex={-1}
          aria-hidden
          onClick={(event) => {
            event.stopPropagation()
            onExpand()
          }}
          className="inline-flex size-6 shrink-0 items-center justify-center rounded-sm text-muted hover:text-text"
        >
          <ChevronRight className={cn('size-4 transition-transform', row.expanded && 'rotate-90')} />
        </button>
      ) : (
        <span className="size-6 shrink-0" />
      )}
      <CheckMark check={check} />
      <NodeIcon node={node} />
      <span className="min-w-0 flex-1 truncate">
        {node.name}
        <span className="sr-only">{', '}</span>
      </span>
      {node.kind === 'folder' && <span className="sr-only">{`folder, ${formatCount(node.files.length, 'file')}, `}</span>}
      <span className="num shrink-0 text-xs text-muted">{formatBytes(node.size)}</span>
    </div>
  )
}

function CheckMark({ check }: { check: Check }) {
  return (
    <svg
      viewBox="0 0 16 16"
      aria-hidden
      className={cn('size-4 shrink-0 rounded-sm border', check === 'none' ? 'border-line-strong bg-surface' : 'border-action bg-action')}
    >
      {check === 'all' && <path d="M3.5 8.2 6.6 11.3 12.5 5" className="fill-none stroke-on-action" strokeWidth="2" />}
      {check === 'some' && <path d="M4 8h8" className="fill-none stroke-on-action" strokeWidth="2" />}
    </svg>
  )
}
