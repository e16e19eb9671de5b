import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Button } from '@/components/ui/button'
import { TextField } from '@/components/ui/field'
import { useLogin } from '@/features/auth/api/login'
import { describeLoginError } from '@/features/auth/login-error'
import { useNow } from '@/hooks/use-now'
import { ApiError } from '@/lib/api-error'
import { formatDuration } from '@/lib/format'

type Missing = { email?: string; password?: string }

export function LoginForm() {
  const login = useLogin()
  const [missing, setMissing] = useState<Missing>({})
  const [blockedUntil, setBlockedUntil] = useState(0)
  const password = useRef<HTMLInputElement>(null)
  const asked = login.error ? describeLoginError(login.error).waitSeconds : 0
  // The shared clock may be a second behind.
  const waitSeconds = Math.max(0, Math.min(asked, Math.ceil((blockedUntil - useNow()) / 1000)))

  useEffect(() => {
    if (!(login.error instanceof ApiError) || login.error.code !== 'InvalidCredentials') return
    password.current?.focus()
    password.current?.select()
  }, [login.error])

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const credentials = { email: text(data, 'email').trim(), password: text(data, 'password') }
    const gaps: Missing = {}
    if (!credentials.email) gaps.email = 'Enter your e-mail address.'
    if (!credentials.password) gaps.password = 'Enter your password.'
    setMissing(gaps)
    if (gaps.email || gaps.password || waitSeconds > 0) return
    login.mutate(credentials, {
      onError: (error) => setBlockedUntil(Date.now() + describeLoginError(error).waitSeconds * 1000),
    })
  }

  return (
    <form noValidate onSubmit={submit} className="space-y-4">
      <TextField label="E-mail" name="email" type="email" autoComplete="username" error={missing.email} />
      <TextField ref={password} label="Password" name="password" type="password" autoComplete="current-password" error={missing.password} />
      <LoginProblem error={login.error} waitSeconds={waitSeconds} />
      <Button type="submit" variant="primary" busy={login.isPending} disabled={waitSeconds > 0} className="w-full">
        {login.isPending ? 'Signing in' : 'Sign in'}
      </Button>
    </form>
  )
}

function LoginProblem({ error, waitSeconds }: { error: Error | null; waitSeconds: number }) {
  if (!error) return null
  const { text: sentence, waitSeconds: asked } = describeLoginError(error)
  const waiting = waitSeconds > 0 ? `Too many tries. You can try again in ${formatDuration(waitSeconds)}.` : 'You can try again now.'
  return (
    // The countdown changes every second; only the first sentence is announced.
    <p role="alert" aria-live={asked > 0 ? 'off' : 'assertive'} className="rounded-md bg-failed-soft px-3 py-2 text-failed">
      {asked > 0 ? waiting : sentence}
    </p>
  )
}

function text(data: FormData, name: string): string {
  const value = data.get(name)
  return typeof value === 'string' ? value : ''
}
