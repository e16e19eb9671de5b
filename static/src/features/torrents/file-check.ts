import { formatBytes } from '@/lib/format'

const MAX_BYTES = 30_000_000

/** What can be said about a file before it is sent; null when it may be sent. */
export async function checkTorrentFile(file: File): Promise<string | null> {
  if (!file.name.toLowerCase().endsWith('.torrent')) return `“${file.name}” is not a .torrent file. Choose a file whose name ends in .torrent.`
  if (file.size === 0) return `“${file.name}” is empty. Download the .torrent file again.`
  if (file.size > MAX_BYTES) return `“${file.name}” has ${formatBytes(file.size)}; a .torrent file may have ${formatBytes(MAX_BYTES)} at most.`
  // Every torrent is a bencoded dictionary; a saved web page, the usual mistake, is not.
  const head = await readHead(file)
  if (head === null) return `“${file.name}” cannot be read; it may have been moved or deleted. Choose it again.`
  if (!/^d[0-9]$/.test(head)) return `“${file.name}” does not contain a torrent; it may be a web page that was saved under this name.`
  return null
}

async function readHead(file: File): Promise<string | null> {
  try {
    return new TextDecoder('latin1').decode(await file.slice(0, 2).arrayBuffer())
  } catch {
    return null
  }
}
