/** Fails when the script that a first visit must load (the entry and what it imports statically) passes the budget. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const LIMIT_KIB = 120
const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))

function staticGraph(key, seen = new Set()) {
  if (seen.has(key)) return seen
  seen.add(key)
  for (const next of manifest[key].imports ?? []) staticGraph(next, seen)
  return seen
}
const gzipped = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry)
const first = staticGraph(entry)
const total = [...first].reduce((sum, key) => sum + gzipped(manifest[key].file), 0)

for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry) continue
  const extra = [...staticGraph(key)].filter((part) => !first.has(part))
  console.log(`${key.padEnd(44)} +${kib(extra.reduce((sum, part) => sum + gzipped(manifest[part].file), 0))}`)
}
console.log(`first load, gzip: ${kib(total)} of ${LIMIT_KIB} KiB`)
if (total > LIMIT_KIB * 1024) {
  console.error('over the budget: make something lazy, or drop a dependency')
  process.exit(1)
}
