import { type FormEvent, useState } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { CheckboxField, SelectField, TextField } from '@/components/ui/field'
import { useCreateApiKey } from '@/features/api-keys/api/create-api-key'
import { type CreatedKey, type Scope, SCOPES } from '@/features/api-keys/model'
import { scopeTable } from '@/features/api-keys/scopes'
import { ApiError } from '@/lib/api-error'

const MAX_NAME = 100

const lifetimes: readonly [days: number | null, words: string][] = [
  [30, 'in 30 days'],
  [90, 'in 90 days'],
  [365, 'in a year'],
  [null, 'never'],
]

type Problems = { name?: string; scopes?: string; expiry?: string; rest?: string }

export function CreateKeyDialog({ onCreated, onClose }: { onCreated: (key: CreatedKey) => void; onClose: () => void }) {
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly Scope[]>(['read'])
  const [days, setDays] = useState<number | null>(90)
  const [tried, setTried] = useState(false)
  const create = useCreateApiKey()
  const refused = describe(create.error)
  const nameProblem = name.trim() ? undefined : 'Enter a name, such as the program that will use it.'
  const scopesProblem = scopes.length > 0 ? undefined : 'Choose at least one.'

  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (nameProblem || scopesProblem || create.isPending) return
    create.mutate({ name: name.trim(), scopes: SCOPES.filter((scope) => scopes.includes(scope)), expiresInDays: days }, { onSuccess: onCreated })
  }
  const toggle = (scope: Scope, on: boolean) => setScopes((before) => (on ? [...before, scope] : before.filter((other) => other !== scope)))
  const scopesError = (tried ? scopesProblem : undefined) ?? refused.scopes
  return (
    <Dialog title="New API key" onClose={onClose}>
      <form noValidate onSubmit={submit} className="mt-4 space-y-5">
        <TextField
          label="Name"
          placeholder="Nightly script"
          autoComplete="off"
          maxLength={MAX_NAME}
          value={name}
          error={(tried ? nameProblem : undefined) ?? refused.name}
          onChange={(event) => setName(event.target.value)}
        />
        <fieldset aria-describedby={scopesError ? 'scopes-error' : undefined}>
          <legend className="mb-2 text-sm font-semibold">It may</legend>
          <div className="space-y-3">
            {SCOPES.map((scope) => (
              <CheckboxField
                key={scope}
                label={scopeTable[scope].label}
                hint={scopeTable[scope].explanation}
                checked={scopes.includes(scope)}
                onChange={(event) => toggle(scope, event.target.checked)}
              />
            ))}
          </div>
          {scopesError && (
            <p id="scopes-error" role="alert" className="mt-2 text-xs text-failed">
              {scopesError}
            </p>
          )}
          <p className="mt-3 text-xs text-muted">No key can change the password, sessions or keys.</p>
        </fieldset>
        <SelectField
          label="Expires"
          value={days ?? 'never'}
          error={refused.expiry}
          onChange={(event) => setDays(event.target.value === 'never' ? null : Number(event.target.value))}
        >
          {lifetimes.map(([value, words]) => (
            <option key={words} value={value ?? 'never'}>
              {words}
            </option>
          ))}
        </SelectField>
        {refused.rest && (
          <p role="alert" className="text-failed [overflow-wrap:anywhere]">
            {refused.rest}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={create.isPending}>
            {create.isPending ? 'Creating' : 'Create key'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function describe(error: Error | null): Problems {
  if (!error) return {}
  if (!(error instanceof ApiError)) return { rest: 'The form failed in the browser. Reload the page and try again.' }
  if (error.code === 'InvalidApiKeyName') return { name: error.message }
  if (error.code === 'InvalidScopes') return { scopes: error.message }
  if (error.code === 'InvalidExpiry') return { expiry: error.message }
  if (error.code === 'TooManyApiKeys') return { rest: 'You have 50 keys, which is the limit. Revoke one that is no longer used, then create this one.' }
  return { rest: error.message }
}
