import type * as z from 'zod/mini'
import { ApiError, errorFromResponse, parseJson, unreachable, unreadable } from '@/lib/api-error'

/**
 * The one place that talks to the API. Same origin, session in an HttpOnly cookie that script cannot see; every unsafe
 * request carries the session's CSRF token. Knows nothing of the user interface: it returns parsed values or throws ApiError.
 */
const TIMEOUT_MS = 30_000

let csrfToken: string | null = null
let onUnauthorized: () => void = () => undefined

export function setCsrfToken(token: string | null): void {
  csrfToken = token
}

/** For callers that send by themselves (the upload). */
export function reportUnauthorized(): void {
  onUnauthorized()
}

/** Called for every 401 except the login's own, where it means a wrong password. */
export function setUnauthorizedHandler(handler: () => void): void {
  onUnauthorized = handler
}

type RequestOptions<T> = {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  body?: unknown
  /** How to read a success; without it the body is ignored. */
  schema?: z.ZodMiniType<T>
  signal?: AbortSignal | undefined
  /** A 401 here is an answer and not the end of the session. */
  anonymous?: boolean
  /** Statuses besides 2xx whose body is the answer too (a health check says 503 with its report). */
  alsoOk?: number[]
}

export async function request<T = void>(path: string, options: RequestOptions<T> = {}): Promise<T> {
  const response = await send(path, options)
  const text = await readText(response)
  if (!response.ok && !options.alsoOk?.includes(response.status)) {
    const error = errorFromResponse(response.status, text, response.headers.get('Retry-After'))
    if (error.code === 'CsrfFailed' && (await renewCsrfToken())) {
      return request(path, { ...options, alsoOk: options.alsoOk ?? [] })
    }
    if (error.status === 401 && !options.anonymous) onUnauthorized()
    throw error
  }
  return readBody(path, text, options.schema)
}

async function send<T>(path: string, options: RequestOptions<T>): Promise<Response> {
  const method = options.method ?? 'GET'
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  Object.assign(headers, unsafeHeaders(method))
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    })
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw unreachable()
  }
}

export function unsafeHeaders(method: string): Record<string, string> {
  return method === 'GET' || csrfToken === null ? {} : { 'X-CSRF-Token': csrfToken }
}

async function readText(response: Response): Promise<string> {
  try {
    return await response.text()
  } catch {
    throw unreachable()
  }
}

/** Parses a success; used by the upload with progress too. */
export function readBody<T>(path: string, text: string, schema: z.ZodMiniType<T> | undefined): T {
  if (!schema) return undefined as T
  const parsed = schema.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw unreadable(`${path}: ${issue?.path.join('.') || 'body'}`)
}

/** Another tab may have signed in again since: the cookie is new, our token is not. Answers whether a new token was found. */
async function renewCsrfToken(): Promise<boolean> {
  const stale = csrfToken
  try {
    const response = await fetch('/api/auth/me', { credentials: 'same-origin', headers: { Accept: 'application/json' } })
    const body = parseJson(await response.text())
    if (response.ok && typeof body === 'object' && body !== null && 'csrfToken' in body && typeof body.csrfToken === 'string') {
      csrfToken = body.csrfToken
    }
  } catch {
    return false
  }
  return csrfToken !== stale
}

export { ApiError }
