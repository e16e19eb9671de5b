import * as z from 'zod/mini'

export const sessionSchema = z.object({
  id: z.number(),
  email: z.string(),
  name: z.nullable(z.string()),
  csrfToken: z.string(),
  expiresAt: z.string(),
})
export type Session = z.infer<typeof sessionSchema>

/** The answer also carries an access token for API clients; the browser has its cookie and never reads the token. */
export const loginSchema = z.object({
  user: z.object({ id: z.number(), email: z.string(), name: z.nullable(z.string()) }),
  csrfToken: z.string(),
  expiresAt: z.string(),
})
