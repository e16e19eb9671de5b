import { useState } from 'react'

/**
 * Rows never move under the pointer: while `held`, the rows and their order stay, only their contents follow. A row that has
 * left the page keeps its last known contents; new ones wait until the pointer is gone.
 */
export function useHeldOrder<T>(items: readonly T[], key: (item: T) => number, held: boolean): readonly T[] {
  const [shown, setShown] = useState({ items, source: items, held })
  if (shown.source === items && shown.held === held) return shown.items
  const next = held && shown.held ? follow(shown.items, items, key) : items
  setShown({ items: next, source: items, held })
  return next
}

function follow<T>(shown: readonly T[], items: readonly T[], key: (item: T) => number): readonly T[] {
  const fresh = new Map(items.map((item) => [key(item), item]))
  const overlap = shown.some((item) => fresh.has(key(item)))
  // Another page or filter was chosen: nothing of what is shown is left.
  return overlap || items.length === 0 ? shown.map((item) => fresh.get(key(item)) ?? item) : items
}
