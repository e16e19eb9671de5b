import * as z from 'zod/mini'

/** The body of every 4xx and 5xx, our own or nginx's; all members are optional because a proxy in between may answer too. */
const problemSchema = z.object({
  code: z.optional(z.string()),
  message: z.optional(z.string()),
  detail: z.optional(z.string()),
  title: z.optional(z.string()),
  traceId: z.optional(z.nullable(z.string())),
  errors: z.optional(z.record(z.string(), z.array(z.string()))),
})

type ApiErrorInit = {
  status: number
  code: string
  message: string
  fields?: Record<string, string[]>
  retryAfterSeconds?: number | null
  traceId?: string | null
}

/** A call that did not succeed. Callers branch on `code`, never on the text; `message` is a sentence for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** 0 when no answer came at all. */
  readonly status: number
  readonly code: string
  readonly fields: Record<string, string[]>
  readonly retryAfterSeconds: number | null
  readonly traceId: string | null

  constructor(init: ApiErrorInit) {
    super(init.message)
    this.status = init.status
    this.code = init.code
    this.fields = init.fields ?? {}
    this.retryAfterSeconds = init.retryAfterSeconds ?? null
    this.traceId = init.traceId ?? null
  }

  /** Would the same call, sent again a little later, have a chance? */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500
  }
}

export function unreachable(): ApiError {
  return new ApiError({
    status: 0,
    code: 'Unreachable',
    message: 'The server did not answer. Check that it runs and that you are connected to it.',
  })
}

export function unreadable(what: string): ApiError {
  return new ApiError({
    status: 200,
    code: 'UnreadableAnswer',
    message: `The server's answer could not be read (${what}). The web app and the server may be of different versions; reload the page.`,
  })
}

const byStatus: Record<number, { code: string; message: string }> = {
  404: { code: 'NotFound', message: 'The server does not know this address.' },
  413: { code: 'PayloadTooLarge', message: 'The file is too large for the server.' },
  429: { code: 'TooManyRequests', message: 'Too many requests. Wait a little and try again.' },
  502: { code: 'Unavailable', message: 'The server is starting or out of order. Try again in a moment.' },
  503: { code: 'Unavailable', message: 'The server is busy or starting. Try again in a moment.' },
  504: { code: 'Unavailable', message: 'The server took too long to answer. Try again in a moment.' },
}

/** Turns any failed answer into an ApiError, whatever stands in its body. */
export function errorFromResponse(status: number, body: string, retryAfter: string | null): ApiError {
  const problem = problemSchema.safeParse(parseJson(body))
  const known = problem.success ? problem.data : {}
  const fallback = byStatus[status] ?? { code: `Http${status}`, message: `The server refused this with status ${status}.` }
  const fieldText = Object.values(known.errors ?? {}).flat().join(' ')
  const seconds = retryAfter === null ? NaN : Number(retryAfter)
  return new ApiError({
    status,
    code: known.code ?? fallback.code,
    message: known.message || known.detail || fieldText || known.title || fallback.message,
    fields: known.errors ?? {},
    retryAfterSeconds: Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : null,
    traceId: known.traceId ?? null,
  })
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
