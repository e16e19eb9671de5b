import * as z from 'zod/mini'

const healthSchema = z.object({
  seeders: z.number(),
  leechers: z.number(),
  completed: z.number(),
  seederRatio: z.number(),
  isComplete: z.boolean(),
  isDead: z.boolean(),
  isWeak: z.boolean(),
  isHealthy: z.boolean(),
  healthScore: z.number(),
})
export type SwarmHealth = z.infer<typeof healthSchema>

const fileSchema = z.object({ index: z.number(), path: z.string(), size: z.number() })
export type TorrentFile = z.infer<typeof fileSchema>

export const analysisSchema = z.object({
  torrentFileId: z.number(),
  fileName: z.string(),
  infoHash: z.string(),
  totalSizeInBytes: z.number(),
  files: z.array(fileSchema),
  torrentHealth: healthSchema,
})
export type Analysis = z.infer<typeof analysisSchema>

export const createdJobSchema = z.object({ jobId: z.number(), storageProfileId: z.number() })

/** Where a job can send its files; a route makes these from the storage profiles. */
export type Destination = {
  id: number
  name: string
  provider: string
  isDefault: boolean
  /** Why it cannot be used now, or null. */
  problem: string | null
}
