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

/** A place where somebody is signed in: a browser by its cookie, or an API client by a token from the login. */
export const openSessionSchema = z.object({
  id: z.number(),
  kind: z.enum(['browser', 'token']),
  address: z.string(),
  userAgent: z.string(),
  createdAt: z.string(),
  lastSeenAt: z.string(),
  expiresAt: z.string(),
  current: z.boolean(),
})
export type OpenSession = z.infer<typeof openSessionSchema>

export const revokedSchema = z.object({ revoked: z.number() })
