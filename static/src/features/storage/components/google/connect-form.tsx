import { type FormEvent, useState } from 'react'
import { Button } from '@/components/ui/button'
import { CheckboxField, SelectField, TextField } from '@/components/ui/field'
import { connectDrive } from '@/features/storage/api/connect-drive'
import { ConsentStatus } from '@/features/storage/components/google/consent-status'
import { useConsent } from '@/features/storage/google/use-consent'
import type { Credential } from '@/features/storage/model'

const MAX_NAME = 255

type ConnectFormProps = { credentials: readonly Credential[]; preferred: number | null; onConnected: (profileId: number) => void; onCancel: () => void }

/** Which credentials, under what name; the rest happens at Google. */
export function ConnectForm({ credentials, preferred, onConnected, onCancel }: ConnectFormProps) {
  const [chosen, setChosen] = useState<number | null>(null)
  const [name, setName] = useState('')
  const [setAsDefault, setSetAsDefault] = useState(false)
  const credentialId = (credentials.find(({ id }) => id === chosen) ?? credentials.find(({ id }) => id === preferred) ?? credentials[0])?.id
  const consent = useConsent(() => {
    if (credentialId === undefined) throw new Error('there are no credentials')
    return connectDrive({ credentialId, profileName: name.trim() || null, setAsDefault })
  }, onConnected)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!consent.starting) consent.start()
  }
  return (
    <form noValidate onSubmit={submit} aria-label="Connect Google Drive" className="space-y-5">
      <TextField
        label="Name"
        placeholder="My Google Drive"
        hint="How you will recognise it here."
        maxLength={MAX_NAME}
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      {credentials.length > 1 && (
        <SelectField label="Credentials" value={credentialId} onChange={(event) => setChosen(Number(event.target.value))}>
          {credentials.map((credential) => (
            <option key={credential.id} value={credential.id}>
              {credential.name}
            </option>
          ))}
        </SelectField>
      )}
      <CheckboxField label="Use as the default destination" checked={setAsDefault} onChange={(event) => setSetAsDefault(event.target.checked)} />
      <ConsentStatus consent={consent} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button variant="quiet" onClick={onCancel}>
          Back
        </Button>
        <Button type="submit" variant="primary" busy={consent.starting}>
          {consent.waitingAt === null ? 'Connect with Google' : 'Open Google again'}
        </Button>
      </div>
    </form>
  )
}
