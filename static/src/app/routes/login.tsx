import { useEffect } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Navigate, useSearchParams } from 'react-router'
import { Logo } from '@/components/logo'
import { safeNext } from '@/config/paths'
import { sessionQuery } from '@/features/auth/api/session'
import { LoginForm } from '@/features/auth/components/login-form'
import { usePageTitle } from '@/hooks/use-page-title'

export default function Login() {
  usePageTitle('Sign in')
  const [params] = useSearchParams()
  const session = useQuery(sessionQuery)
  const next = safeNext(params.get('next'))
  // The queue dashboard is a page of the server's, no route of this app.
  if (session.data && next.startsWith('/hangfire')) return <Leave to={next} />
  if (session.data) return <Navigate to={next} replace />
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center px-6 py-12">
      <div className="mb-6 flex items-center gap-3">
        <Logo className="size-9" />
        <div>
          <h1 className="text-lg leading-tight font-semibold">TorrentClou</h1>
          <p className="text-muted">Torrents in, your own storage out.</p>
        </div>
      </div>
      <LoginForm />
    </main>
  )
}

function Leave({ to }: { to: string }) {
  useEffect(() => window.location.replace(to), [to])
  return null
}
