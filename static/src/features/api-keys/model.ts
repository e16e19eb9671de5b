import * as z from 'zod/mini'

export const SCOPES = ['read', 'jobs', 'storage'] as const
export type Scope = (typeof SCOPES)[number]

export const apiKeySchema = z.object({
  id: z.number(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  createdAt: z.string(),
  lastUsedAt: z.nullable(z.string()),
  expiresAt: z.nullable(z.string()),
})
export type ApiKey = z.infer<typeof apiKeySchema>

/** The only answer that ever holds the key itself. */
export const createdKeySchema = z.extend(apiKeySchema, { key: z.string() })
export type CreatedKey = z.infer<typeof createdKeySchema>
