import { TriangleAlert } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { ApiError } from '@/lib/api-error'

type ErrorStateProps = { title: string; error: unknown; onRetry: () => void; retrying?: boolean }

/** What a page shows instead of its content when it could not be read. */
export function ErrorState({ title, error, onRetry, retrying = false }: ErrorStateProps) {
  const trace = error instanceof ApiError ? error.traceId : null
  return (
    <div role="alert" className="flex flex-col items-center px-6 py-14 text-center">
      <TriangleAlert aria-hidden className="size-6 text-failed" strokeWidth={1.5} />
      <h2 className="mt-3 text-sm font-semibold">{title}</h2>
      <p className="mt-1 max-w-md text-muted">{errorText(error)}</p>
      {trace && <p className="mt-2 font-mono text-xs text-muted">Trace {trace}</p>}
      <Button className="mt-5" busy={retrying} onClick={onRetry}>
        Try again
      </Button>
    </div>
  )
}

export function errorText(error: unknown): string {
  if (error instanceof ApiError) return error.message
  return 'Something in this page failed. Reload it; if it stays, the server log has the reason.'
}
