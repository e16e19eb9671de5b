import { describe, expect, it } from 'vitest'
import { buildTree, checkOf, filesOf, filterTree, nodeKey, toggle, visibleRows } from '@/features/torrents/tree-model'

const files = ['b/2.mkv', 'b/10.mkv', 'b/sub/x.srt', 'a.txt', 'b'].map((path, index) => ({ index, path, size: index + 1 }))
const tree = buildTree(files)
const folder = tree[0]!

describe('the file tree', () => {
  it('puts folders first and numbers in their natural order', () => {
    const rows = visibleRows(tree, () => true)
    expect(rows.map(({ node, level }) => `${level} ${nodeKey(node)}`)).toEqual(['1 b/', '2 b/sub/', '3 b/sub/x.srt', '2 b/2.mkv', '2 b/10.mkv', '1 a.txt', '1 b'])
  })

  it('keeps a file apart from a folder of the same name', () => {
    expect(new Set(visibleRows(tree, () => true).map(({ node }) => nodeKey(node))).size).toBe(7)
  })

  it('adds up sizes and files of a folder', () => {
    expect(folder.size).toBe(6)
    expect([...filesOf(folder)].sort()).toEqual(['b/10.mkv', 'b/2.mkv', 'b/sub/x.srt'])
  })

  it('knows none, some and all, and toggles to all first', () => {
    expect(checkOf(folder, new Set())).toBe('none')
    expect(checkOf(folder, new Set(['b/2.mkv']))).toBe('some')
    const all = toggle(filesOf(folder), new Set(['b/2.mkv']))
    expect(checkOf(folder, all)).toBe('all')
    expect(toggle(filesOf(folder), all).size).toBe(0)
  })

  it('filters by path and keeps the folders above', () => {
    const shown = filterTree(tree, ' SUB/x ')
    expect(visibleRows(shown, () => true).map(({ node }) => node.name)).toEqual(['b', 'sub', 'x.srt'])
    expect(filterTree(tree, 'nothing')).toEqual([])
  })

  it('describes each row to assistive technology', () => {
    const [first, second] = visibleRows(tree, (node) => node.path === 'b')
    expect(first).toMatchObject({ level: 1, position: 1, siblings: 3, expanded: true, parentPath: null })
    expect(second).toMatchObject({ level: 2, position: 1, siblings: 3, expanded: false, parentPath: 'b/' })
  })
})
