import { type FormEvent, useState } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { TextField } from '@/components/ui/field'
import { type CredentialChange, useUpdateCredential } from '@/features/storage/api/update-credential'
import { serverCredentialErrors } from '@/features/storage/google/credential-validation'
import { addressProblem } from '@/features/storage/google/redirect-uri'
import type { Credential } from '@/features/storage/model'
import { showToast } from '@/lib/toast'

/** The name, the secret after it was renewed at Google, the redirect URI after a move. Another client ID is another row. */
export function CredentialDialog({ credential, onClose }: { credential: Credential; onClose: () => void }) {
  const [name, setName] = useState(credential.name)
  const [clientSecret, setClientSecret] = useState('')
  const [uri, setUri] = useState(credential.redirectUri)
  const [tried, setTried] = useState(false)
  const update = useUpdateCredential()
  const refused = serverCredentialErrors(update.error)
  const nameProblem = name.trim() ? undefined : 'Enter a name.'
  const uriProblem = (uri.trim() === credential.redirectUri ? null : addressProblem(uri.trim())) ?? undefined

  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (nameProblem || uriProblem || update.isPending) return
    const change: CredentialChange = { id: credential.id }
    if (name.trim() !== credential.name) change.name = name.trim()
    if (clientSecret.trim()) change.clientSecret = clientSecret.trim()
    if (uri.trim() !== credential.redirectUri) change.redirectUri = uri.trim()
    if (Object.keys(change).length === 1) return onClose()
    update.mutate(change, {
      onSuccess: () => {
        showToast(`${name.trim()} was saved.`)
        onClose()
      },
    })
  }
  return (
    <Dialog title="Edit credentials" onClose={onClose}>
      <form noValidate onSubmit={submit} className="mt-4 space-y-4">
        <TextField
          label="Name"
          autoComplete="off"
          value={name}
          error={(tried ? nameProblem : undefined) ?? refused.fields.name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label="New client secret"
          type="password"
          autoComplete="new-password"
          hint="Leave it empty to keep the current one."
          value={clientSecret}
          error={refused.fields.clientSecret}
          onChange={(event) => setClientSecret(event.target.value)}
        />
        <TextField
          label="Redirect URI"
          type="url"
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          hint="Exactly as it stands at Google."
          value={uri}
          error={(tried ? uriProblem : undefined) ?? refused.fields.redirectUri}
          onChange={(event) => setUri(event.target.value)}
        />
        {refused.rest && (
          <p role="alert" className="text-failed [overflow-wrap:anywhere]">
            {refused.rest}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2 pt-1">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={update.isPending}>
            {update.isPending ? 'Saving' : 'Save'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
