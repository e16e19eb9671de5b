import { useMutation } from '@tanstack/react-query'
import { type Analysis, analysisSchema } from '@/features/torrents/model'
import { reportUnauthorized } from '@/lib/api-client'
import { upload } from '@/lib/upload'

type AnalyzeInput = { file: File; signal: AbortSignal; onProgress: (share: number) => void }

export function analyzeTorrent({ file, signal, onProgress }: AnalyzeInput): Promise<Analysis> {
  const form = new FormData()
  form.append('TorrentFile', file, file.name)
  return upload('/api/torrents/analyze', form, { schema: analysisSchema, signal, onProgress, onUnauthorized: reportUnauthorized })
}

export function useAnalyzeTorrent() {
  return useMutation({ mutationFn: analyzeTorrent })
}
