import type * as z from 'zod/mini'
import { readBody, unsafeHeaders } from '@/lib/api-client'
import { errorFromResponse, unreachable } from '@/lib/api-error'

type UploadOptions<T> = {
  schema: z.ZodMiniType<T>
  /** Sent share of the body, 0 to 1. */
  onProgress: (share: number) => void
  signal: AbortSignal
  onUnauthorized: () => void
}

/** Posts a form and reports how much of it has left. XMLHttpRequest, because fetch cannot tell. */
export function upload<T>(path: string, form: FormData, options: UploadOptions<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    xhr.open('POST', path)
    xhr.setRequestHeader('Accept', 'application/json')
    for (const [name, value] of Object.entries(unsafeHeaders('POST'))) xhr.setRequestHeader(name, value)
    xhr.timeout = 120_000
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) options.onProgress(event.loaded / event.total)
    }
    xhr.upload.onload = () => options.onProgress(1)
    xhr.onerror = xhr.ontimeout = () => reject(unreachable())
    xhr.onload = () => {
      if (xhr.status < 200 || xhr.status > 299) {
        if (xhr.status === 401) options.onUnauthorized()
        reject(errorFromResponse(xhr.status, xhr.responseText, xhr.getResponseHeader('Retry-After')))
        return
      }
      try {
        resolve(readBody(path, xhr.responseText, options.schema))
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    }
    const stop = () => {
      xhr.abort()
      reject(new DOMException('The upload was stopped.', 'AbortError'))
    }
    options.signal.addEventListener('abort', stop, { once: true })
    xhr.send(form)
  })
}
