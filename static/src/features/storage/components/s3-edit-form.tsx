import { type FormEvent, useRef } from 'react'
import { Button } from '@/components/ui/button'
import { CheckboxField, TextField } from '@/components/ui/field'
import { CaCertificateField } from '@/features/storage/components/ca-certificate-field'
import { Disclosure } from '@/features/storage/components/disclosure'
import { RefusedSettings } from '@/features/storage/components/refused-settings'
import { S3OptionsFields } from '@/features/storage/components/s3-options-fields'
import type { S3Details } from '@/features/storage/model'
import { type S3Edit, useS3Edit } from '@/features/storage/use-s3-edit'
import { ApiError } from '@/lib/api-error'
import { showToast } from '@/lib/toast'

type S3EditFormProps = { id: number; s3: S3Details; onDone: () => void }

export function S3EditForm({ id, s3, onDone }: S3EditFormProps) {
  const element = useRef<HTMLFormElement>(null)
  const form = useS3Edit(id, s3, (saved) => {
    if (saved) showToast('The connection was changed.')
    onDone()
  })
  const { update } = form
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!update.isPending) form.save(element.current, false)
  }
  const text = (field: keyof S3Edit) => ({
    name: field,
    value: form.values[field],
    error: form.errorOf(field),
    onChange: (event: { target: { value: string } }) => form.edit({ [field]: event.target.value }),
    autoComplete: 'off',
    spellCheck: false,
  })
  return (
    <form ref={element} noValidate onSubmit={submit} aria-label="Change the connection" className="space-y-5">
      <div className="grid gap-x-4 gap-y-5 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <TextField label="Endpoint" type="url" inputMode="url" {...text('s3Endpoint')} />
        <TextField label="Region" {...text('s3Region')} />
      </div>
      <TextField label="Bucket" hint="Files that are in the old bucket stay there." {...text('s3BucketName')} />
      <div className="grid gap-x-4 gap-y-5 sm:grid-cols-2">
        <TextField label="Access key" placeholder={s3.accessKeyMasked} hint="Leave it empty to keep the current one." {...text('s3AccessKey')} />
        <TextField label="Secret key" type="password" hint="Leave it empty to keep the current one." {...text('s3SecretKey')} autoComplete="new-password" />
      </div>
      <Disclosure summary={s3.hasCaCertificate ? 'Replace or remove the CA certificate' : 'Add a CA certificate'} forced={form.errorOf('s3CaCertificate') !== undefined}>
        <div className="space-y-4">
          {s3.hasCaCertificate && (
            <CheckboxField label="Remove the current certificate" checked={form.dropCertificate} onChange={(event) => form.setDropCertificate(event.target.checked)} />
          )}
          {!form.dropCertificate && (
            <CaCertificateField
              value={form.values.s3CaCertificate}
              error={form.errorOf('s3CaCertificate')}
              onChange={(s3CaCertificate) => form.edit({ s3CaCertificate })}
            />
          )}
        </div>
      </Disclosure>
      <S3OptionsFields values={form.values} errorOf={form.errorOf} onChange={form.edit} />
      {form.problem && (
        <RefusedSettings
          sentence={inUse(update.error) ?? form.problem}
          error={update.error}
          busy={update.isPending}
          onSkip={() => form.save(element.current, true)}
        />
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button variant="quiet" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" variant="primary" busy={update.isPending}>
          {update.isPending ? 'Testing and saving' : 'Save'}
        </Button>
      </div>
    </form>
  )
}

function inUse(error: Error | null): string | null {
  if (!(error instanceof ApiError) || error.code !== 'ProfileInUse') return null
  return 'Active jobs upload to this bucket, so endpoint and bucket cannot change now. Wait until they have ended, or connect the new bucket as a storage of its own.'
}
