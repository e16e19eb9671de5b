import * as z from 'zod/mini'
import { parseJson } from '@/lib/api-error'

/** The file that Google offers after it has made a client; "installed" is the wrong kind of client. */
const fileSchema = z.object({
  web: z.optional(z.object({ client_id: z.string(), client_secret: z.optional(z.string()), redirect_uris: z.optional(z.array(z.string())) })),
  installed: z.optional(z.unknown()),
})

export type ClientFile = { clientId: string; clientSecret: string; redirectUris: readonly string[] }

/** What a downloaded client_secret_….json holds, or why it is not one. */
export function readClientFile(text: string): ClientFile | string {
  const parsed = fileSchema.safeParse(parseJson(text))
  if (!parsed.success) return 'This is not the file that Google offers as “Download JSON”.'
  const { web, installed } = parsed.data
  if (!web) {
    return installed === undefined
      ? 'This file holds no OAuth client. Download it on the client’s own page at Google.'
      : 'This client is of the type “Desktop app”. Make one of the type “Web application”.'
  }
  return { clientId: web.client_id, clientSecret: web.client_secret ?? '', redirectUris: web.redirect_uris ?? [] }
}
