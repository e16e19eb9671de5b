import { FileUp } from 'lucide-react'
import { type FormEvent, useRef, useState } from 'react'
import { Button } from '@/components/ui/button'
import { TextField } from '@/components/ui/field'
import { type NewCredential, useSaveCredential } from '@/features/storage/api/save-credential'
import { focusField } from '@/features/storage/focus-field'
import { readClientFile } from '@/features/storage/google/client-file'
import { type CredentialErrors, credentialErrors, serverCredentialErrors } from '@/features/storage/google/credential-validation'
import { redirectUri } from '@/features/storage/google/redirect-uri'

type CredentialFormProps = { onSaved: (id: number, name: string) => void; onCancel?: (() => void) | undefined }

/** The client ID and its secret, typed, or read from the file that Google offers. */
export function CredentialForm({ onSaved, onCancel }: CredentialFormProps) {
  const [values, setValues] = useState<NewCredential>({ name: '', clientId: '', clientSecret: '', redirectUri: redirectUri() })
  const [errors, setErrors] = useState<CredentialErrors>({})
  const [fileProblem, setFileProblem] = useState<string | null>(null)
  const element = useRef<HTMLFormElement>(null)
  const file = useRef<HTMLInputElement>(null)
  const save = useSaveCredential()
  const refused = serverCredentialErrors(save.error)

  const edit = (patch: Partial<NewCredential>) => {
    setValues((before) => ({ ...before, ...patch }))
    setErrors((before) => Object.fromEntries(Object.entries(before).filter(([field]) => !(field in patch))))
    save.reset()
  }
  const readFile = async (chosen: File) => {
    const client = readClientFile(await chosen.text())
    if (typeof client === 'string') return setFileProblem(client)
    setFileProblem(
      client.redirectUris.includes(values.redirectUri) ? null : `Google does not know the redirect URI ${values.redirectUri} yet. Add it to the client there.`,
    )
    return edit({ clientId: client.clientId, ...(client.clientSecret ? { clientSecret: client.clientSecret } : {}) })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (save.isPending) return
    const wrong = credentialErrors(values)
    setErrors(wrong)
    const first = Object.keys(wrong)[0]
    if (first !== undefined) return focusField(element.current, first)
    save.mutate(
      { ...values, name: values.name.trim(), clientId: values.clientId.trim(), clientSecret: values.clientSecret.trim(), redirectUri: values.redirectUri.trim() },
      {
        onSuccess: ({ credentialId, name }) => onSaved(credentialId, name),
        onError: (error) => focusField(element.current, Object.keys(serverCredentialErrors(error).fields)[0]),
      },
    )
  }
  const text = (field: keyof NewCredential) => ({
    name: field,
    value: values[field],
    error: errors[field] ?? refused.fields[field],
    onChange: (event: { target: { value: string } }) => edit({ [field]: event.target.value }),
    autoComplete: 'off',
    spellCheck: false,
  })

  return (
    <form ref={element} noValidate onSubmit={submit} aria-label="Google credentials" className="space-y-4">
      <div>
        <Button onClick={() => file.current?.click()}>
          <FileUp aria-hidden />
          Read the downloaded JSON
        </Button>
        <input
          ref={file}
          type="file"
          accept=".json,application/json"
          aria-label="Client file of Google"
          tabIndex={-1}
          className="sr-only"
          onChange={(event) => {
            const chosen = event.target.files?.[0]
            event.target.value = ''
            if (chosen) void readFile(chosen)
          }}
        />
        {fileProblem && (
          <p role="alert" className="mt-2 text-failed [overflow-wrap:anywhere]">
            {fileProblem}
          </p>
        )}
      </div>
      <TextField label="Client ID" placeholder="….apps.googleusercontent.com" {...text('clientId')} />
      <TextField label="Client secret" type="password" {...text('clientSecret')} autoComplete="new-password" hint="Stored encrypted and never shown again." />
      <TextField label="Redirect URI" type="url" inputMode="url" {...text('redirectUri')} hint="Exactly as it stands at Google." />
      <TextField label="Name of the credentials" placeholder="My Google project" hint="How you will recognise them here." {...text('name')} />
      {refused.rest && (
        <p role="alert" className="rounded-md bg-failed-soft px-4 py-3 text-failed [overflow-wrap:anywhere]">
          {refused.rest}
        </p>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        {onCancel && (
          <Button variant="quiet" onClick={onCancel}>
            Cancel
          </Button>
        )}
        <Button type="submit" variant="primary" busy={save.isPending}>
          {save.isPending ? 'Saving' : 'Save credentials'}
        </Button>
      </div>
    </form>
  )
}
