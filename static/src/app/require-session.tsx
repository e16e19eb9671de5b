import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Navigate, useLocation } from 'react-router'
import { Splash } from '@/app/splash'
import { ErrorState } from '@/components/error-state'
import { paths } from '@/config/paths'
import { sessionQuery } from '@/features/auth/api/session'

/** Nothing behind it is drawn before it is known who is there; nobody means the login, and back here afterwards. */
export function RequireSession({ children }: { children: ReactNode }) {
  const session = useQuery(sessionQuery)
  const { pathname, search } = useLocation()
  if (session.isPending) return <Splash />
  if (session.data === null) return <Navigate to={paths.login.href(pathname + search)} replace />
  if (!session.data) {
    return (
      <main className="flex min-h-dvh flex-col justify-center">
        <ErrorState title="The server cannot be reached" error={session.error} retrying={session.isFetching} onRetry={() => void session.refetch()} />
      </main>
    )
  }
  return children
}
