import { File, FileArchive, FileImage, FileMusic, FileText, FileVideoCamera, Folder, type LucideIcon } from 'lucide-react'
import { createElement } from 'react'
import type { TreeNode } from '@/features/torrents/tree-model'

const kinds: [LucideIcon, string][] = [
  [FileVideoCamera, 'mkv mp4 avi mov webm m4v mpg mpeg ts wmv flv ogv'],
  [FileMusic, 'flac mp3 m4a ogg opus wav aac alac wma'],
  [FileImage, 'jpg jpeg png gif webp avif tif tiff bmp svg heic'],
  [FileText, 'txt nfo md pdf epub mobi doc docx srt sub ass vtt html log csv json xml'],
  [FileArchive, 'zip rar 7z gz xz bz2 zst tar iso img dmg deb rpm'],
]

const byExtension = new Map(kinds.flatMap(([icon, list]) => list.split(' ').map((extension) => [extension, icon] as const)))

function iconOf(node: TreeNode): LucideIcon {
  if (node.kind === 'folder') return Folder
  const dot = node.name.lastIndexOf('.')
  return (dot > 0 ? byExtension.get(node.name.slice(dot + 1).toLowerCase()) : undefined) ?? File
}

export function NodeIcon({ node }: { node: TreeNode }) {
  return createElement(iconOf(node), { 'aria-hidden': true, className: 'size-4 shrink-0 text-muted', strokeWidth: 1.75 })
}
