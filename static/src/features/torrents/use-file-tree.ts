import { type KeyboardEvent, useDeferredValue, useMemo, useState } from 'react'
import { buildTree, filesOf, filterTree, type FolderNode, nodeKey, toggle, type TreeRow, visibleRows } from '@/features/torrents/tree-model'
import type { TorrentFile } from '@/features/torrents/model'

/** Torrents with fewer files open completely, larger ones show their top level first. */
const OPEN_UP_TO = 60

export type FileTree = ReturnType<typeof useFileTree>

/** The tree's state: what is open, what the filter leaves, which row is current. The selection belongs to the caller. */
export function useFileTree(files: readonly TorrentFile[], selected: ReadonlySet<string>, onSelect: (next: Set<string>) => void) {
  const tree = useMemo(() => buildTree(files), [files])
  const openAtFirst = files.length <= OPEN_UP_TO
  /** Folders whose state differs from the first one. */
  const [flipped, setFlipped] = useState<ReadonlySet<string>>(new Set())
  const [filter, setFilter] = useState('')
  const [current, setCurrent] = useState<string | null>(null)
  const wanted = useDeferredValue(filter)

  const shown = useMemo(() => filterTree(tree, wanted), [tree, wanted])
  const rows = useMemo(() => {
    // While filtering every match is visible, whatever was closed before.
    const isExpanded = (node: FolderNode) => wanted.trim() !== '' || flipped.has(node.path) !== openAtFirst
    return visibleRows(shown, isExpanded)
  }, [shown, wanted, flipped, openAtFirst])
  const found = rows.findIndex((row) => nodeKey(row.node) === current)
  const currentIndex = found === -1 ? 0 : found

  const setExpanded = (row: TreeRow, expanded: boolean) => {
    if (row.node.kind !== 'folder' || row.expanded === expanded) return
    const next = new Set(flipped)
    if (!next.delete(row.node.path)) next.add(row.node.path)
    setFlipped(next)
  }
  const toggleRow = (row: TreeRow) => onSelect(toggle(filesOf(row.node), selected))
  const goTo = (index: number) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, index))]
    if (row) setCurrent(nodeKey(row.node))
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[currentIndex]
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return
    const actions: Record<string, () => void> = {
      ArrowDown: () => goTo(currentIndex + 1),
      ArrowUp: () => goTo(currentIndex - 1),
      PageDown: () => goTo(currentIndex + 10),
      PageUp: () => goTo(currentIndex - 10),
      Home: () => goTo(0),
      End: () => goTo(rows.length - 1),
      ArrowRight: () => (row.node.kind === 'folder' && !row.expanded ? setExpanded(row, true) : row.expanded && goTo(currentIndex + 1)),
      ArrowLeft: () => (row.expanded ? setExpanded(row, false) : row.parentPath !== null && setCurrent(row.parentPath)),
      ' ': () => toggleRow(row),
      Enter: () => (row.node.kind === 'folder' ? setExpanded(row, !row.expanded) : toggleRow(row)),
    }
    const action = actions[event.key] ?? (/^\S$/.test(event.key) ? () => jumpTo(event.key) : undefined)
    if (!action) return
    event.preventDefault()
    event.stopPropagation()
    action()
  }
  /** Typing a letter goes to the next row that begins with it. */
  const jumpTo = (letter: string) => {
    const order = [...rows.slice(currentIndex + 1), ...rows.slice(0, currentIndex + 1)]
    const next = order.find((row) => row.node.name.toLocaleLowerCase().startsWith(letter.toLocaleLowerCase()))
    if (next) setCurrent(nodeKey(next.node))
  }

  return { rows, shown, filter, setFilter, currentIndex, setCurrent, setExpanded, toggleRow, onKeyDown }
}
