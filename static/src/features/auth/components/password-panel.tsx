import { Circle, CircleCheck } from 'lucide-react'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Button } from '@/components/ui/button'
import { CheckboxField, TextField } from '@/components/ui/field'
import { Panel } from '@/components/ui/panel'
import { useChangePassword } from '@/features/auth/api/change-password'
import { describeLoginError } from '@/features/auth/login-error'
import { type PasswordRule, passwordRules } from '@/features/auth/password-rules'
import { ApiError } from '@/lib/api-error'

export function PasswordPanel({ email }: { email: string }) {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [shown, setShown] = useState(false)
  const [tried, setTried] = useState(false)
  const element = useRef<HTMLFormElement>(null)
  const change = useChangePassword()
  const rules = passwordRules(next, current, email)
  const problem = describe(change.error)
  const currentError = tried && !current ? 'Enter your current password.' : problem.current
  const nextError = tried && rules.some(({ met }) => !met) ? 'Choose a password that meets all of these.' : problem.next

  useEffect(() => {
    const { current: wrong, next: weak } = describe(change.error)
    const input = (wrong ?? weak) && element.current?.elements.namedItem(wrong ? 'currentPassword' : 'newPassword')
    if (input instanceof HTMLInputElement) input.focus()
  }, [change.error])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (change.isPending) return
    setTried(true)
    if (!current || rules.some(({ met }) => !met)) return
    change.mutate(
      { currentPassword: current, newPassword: next },
      {
        onSuccess: () => {
          setCurrent('')
          setNext('')
          setTried(false)
        },
      },
    )
  }
  const edit = (set: (value: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value)
    change.reset()
  }
  const type = shown ? 'text' : 'password'
  return (
    <Panel title="Password" label="Password">
      <form ref={element} noValidate onSubmit={submit} className="space-y-4 p-4">
        {/* Password managers need to know whose password this is. */}
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <TextField label="Current password" name="currentPassword" type={type} autoComplete="current-password" value={current} error={currentError} onChange={edit(setCurrent)} />
        <div className="space-y-2">
          <TextField label="New password" name="newPassword" type={type} autoComplete="new-password" value={next} error={nextError} onChange={edit(setNext)} />
          <Rules rules={rules} />
        </div>
        <CheckboxField label="Show both" checked={shown} onChange={(event) => setShown(event.target.checked)} />
        {problem.rest && (
          <p role="alert" className="rounded-md bg-failed-soft px-3 py-2 text-failed">
            {problem.rest}
          </p>
        )}
        {change.isSuccess && (
          <p role="status" className="rounded-md bg-done-soft px-3 py-2">
            <b className="font-semibold">The password is changed.</b> All other sessions were ended; this one goes on. API keys are not affected.
          </p>
        )}
        <Button type="submit" variant="primary" className="w-full" busy={change.isPending}>
          {change.isPending ? 'Changing' : 'Change password'}
        </Button>
      </form>
    </Panel>
  )
}

function Rules({ rules }: { rules: readonly PasswordRule[] }) {
  return (
    <ul aria-label="Rules" className="space-y-0.5 text-xs text-muted">
      {rules.map(({ words, met }) => (
        <li key={words} className="flex items-center gap-1.5">
          {met ? <CircleCheck aria-label="met:" className="size-3.5 shrink-0 text-done" /> : <Circle aria-label="not met:" className="size-3.5 shrink-0" />}
          {words}
        </li>
      ))}
    </ul>
  )
}

/** Which input a refusal belongs to. */
function describe(error: Error | null): { current?: string; next?: string; rest?: string } {
  if (!error) return {}
  if (error instanceof ApiError && error.code === 'WrongPassword') return { current: 'This is not your current password. Capital letters count.' }
  if (error instanceof ApiError && error.code === 'WeakPassword') return { next: error.message }
  return { rest: describeLoginError(error).text }
}
