import type { TorrentFile } from '@/features/torrents/model'

/** The files of a torrent as folders, and the rows that a view of them shows. Pure: no React, no DOM. */
export type FileNode = { kind: 'file'; path: string; name: string; size: number }
export type FolderNode = { kind: 'folder'; path: string; name: string; size: number; children: TreeNode[]; files: readonly string[] }
export type TreeNode = FileNode | FolderNode

export type TreeRow = {
  node: TreeNode
  level: number
  /** 1-based place among its siblings, for assistive technology. */
  position: number
  siblings: number
  expanded: boolean
  parentPath: string | null
}

type Draft = { path: string; folders: Map<string, Draft>; files: FileNode[] }

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

export function buildTree(files: readonly TorrentFile[]): TreeNode[] {
  const root: Draft = { path: '', folders: new Map(), files: [] }
  for (const file of files) {
    const parts = file.path.split('/')
    const name = parts.pop() ?? file.path
    let draft = root
    for (const part of parts) {
      const path = draft.path ? `${draft.path}/${part}` : part
      let child = draft.folders.get(part)
      if (!child) {
        child = { path, folders: new Map(), files: [] }
        draft.folders.set(part, child)
      }
      draft = child
    }
    draft.files.push({ kind: 'file', path: file.path, name, size: file.size })
  }
  return finish(root)
}

/** Folders first, then files, both by name with numbers in their natural order. */
function finish(draft: Draft): TreeNode[] {
  const folders = [...draft.folders].map(([name, child]): FolderNode => {
    const children = finish(child)
    const files = children.flatMap((node) => (node.kind === 'file' ? [node.path] : node.files))
    return { kind: 'folder', path: child.path, name, size: children.reduce((sum, node) => sum + node.size, 0), children, files }
  })
  folders.sort((a, b) => byName.compare(a.name, b.name))
  draft.files.sort((a, b) => byName.compare(a.name, b.name))
  return [...folders, ...draft.files]
}

/** A folder's key differs from that of a file with the same path. */
export function nodeKey(node: TreeNode): string {
  return node.kind === 'folder' ? `${node.path}/` : node.path
}

export function filesOf(node: TreeNode): readonly string[] {
  return node.kind === 'file' ? [node.path] : node.files
}

export type Check = 'none' | 'some' | 'all'

export function checkOf(node: TreeNode, selected: ReadonlySet<string>): Check {
  if (node.kind === 'file') return selected.has(node.path) ? 'all' : 'none'
  let count = 0
  for (const path of node.files) if (selected.has(path)) count += 1
  if (count === 0) return 'none'
  return count === node.files.length ? 'all' : 'some'
}

/** A full node is emptied; an empty or half one is filled. */
export function toggle(paths: readonly string[], selected: ReadonlySet<string>): Set<string> {
  const next = new Set(selected)
  const full = paths.every((path) => selected.has(path))
  for (const path of paths) {
    if (full) next.delete(path)
    else next.add(path)
  }
  return next
}

/** Keeps the files whose path contains the text, with the folders above them. */
export function filterTree(nodes: readonly TreeNode[], text: string): TreeNode[] {
  const wanted = text.trim().toLocaleLowerCase()
  return wanted ? keep(nodes, wanted) : [...nodes]
}

function keep(nodes: readonly TreeNode[], wanted: string): TreeNode[] {
  return nodes.flatMap((node): TreeNode[] => {
    if (node.kind === 'file') return node.path.toLocaleLowerCase().includes(wanted) ? [node] : []
    const children = keep(node.children, wanted)
    if (children.length === 0) return []
    const files = children.flatMap(filesOf)
    return [{ ...node, children, files, size: children.reduce((sum, child) => sum + child.size, 0) }]
  })
}

/** What is visible, top to bottom. */
export function visibleRows(nodes: readonly TreeNode[], isExpanded: (node: FolderNode) => boolean): TreeRow[] {
  const rows: TreeRow[] = []
  const walk = (siblings: readonly TreeNode[], level: number, parentPath: string | null) => {
    siblings.forEach((node, index) => {
      const expanded = node.kind === 'folder' && isExpanded(node)
      rows.push({ node, level, position: index + 1, siblings: siblings.length, expanded, parentPath })
      if (node.kind === 'folder' && expanded) walk(node.children, level + 1, nodeKey(node))
    })
  }
  walk(nodes, 1, null)
  return rows
}
