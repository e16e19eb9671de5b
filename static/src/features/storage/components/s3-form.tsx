import { type FormEvent, useRef } from 'react'
import { Button } from '@/components/ui/button'
import { CheckboxField, SelectField, TextField } from '@/components/ui/field'
import { S3TestResult } from '@/features/storage/components/s3-test-result'
import type { S3Field } from '@/features/storage/model'
import { s3Presets } from '@/features/storage/s3-presets'
import { useS3Form } from '@/features/storage/use-s3-form'
import { ApiError } from '@/lib/api-error'

type S3FormProps = { onSaved: (name: string) => void; onCancel: () => void }

export function S3Form({ onSaved, onCancel }: S3FormProps) {
  const form = useS3Form(onSaved)
  const element = useRef<HTMLFormElement>(null)
  const { preset, settings, test, configure } = form
  const busy = test.isPending || configure.isPending
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!busy) form.save(element.current, false)
  }
  const text = (field: S3Field) => ({
    name: field,
    value: settings[field],
    error: form.errorOf(field),
    onChange: (event: { target: { value: string } }) => form.edit({ [field]: event.target.value }),
    autoComplete: 'off',
    spellCheck: false,
  })

  return (
    <form ref={element} noValidate onSubmit={submit} aria-label="Connect S3-compatible storage" className="space-y-5">
      <TextField label="Name" placeholder="Backups at home" hint="How you will recognise it here." {...text('profileName')} />
      <div className="grid gap-x-4 gap-y-5 sm:grid-cols-2">
        <SelectField label="Service" value={preset.id} onChange={(event) => form.choosePreset(event.target.value)}>
          {s3Presets.map(({ id, label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </SelectField>
        {preset.regions.length > 1 && (
          <SelectField
            label="Location"
            value={preset.regions.some(([id]) => id === settings.s3Region) ? settings.s3Region : ''}
            onChange={(event) => form.chooseRegion(event.target.value)}
          >
            <option value="" hidden>
              Other
            </option>
            {preset.regions.map(([id, label]) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </SelectField>
        )}
      </div>
      <p className="text-muted">{preset.hint}</p>
      <div className="grid gap-x-4 gap-y-5 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <TextField label="Endpoint" type="url" inputMode="url" {...text('s3Endpoint')} />
        <TextField label="Region" {...text('s3Region')} />
      </div>
      <TextField label="Bucket" hint="It must exist already. Files go below torrents/ in it." {...text('s3BucketName')} />
      <div className="grid gap-x-4 gap-y-5 sm:grid-cols-2">
        <TextField label="Access key" {...text('s3AccessKey')} />
        <TextField label="Secret key" type="password" {...text('s3SecretKey')} autoComplete="new-password" />
      </div>
      <p className="text-xs text-muted">Keys are stored encrypted and never shown again.</p>
      <CheckboxField
        label="Use as the default destination"
        checked={form.setAsDefault}
        onChange={(event) => form.setSetAsDefault(event.target.checked)}
      />
      {test.data && <S3TestResult result={test.data} />}
      {form.problem && <Problem form={form} onSkip={() => form.save(element.current, true)} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button variant="quiet" onClick={onCancel}>
          Back
        </Button>
        <Button busy={test.isPending} disabled={configure.isPending} onClick={() => form.runTest(element.current)}>
          {test.isPending ? 'Testing' : 'Test'}
        </Button>
        <Button type="submit" variant="primary" busy={configure.isPending} disabled={test.isPending}>
          {configure.isPending ? 'Testing and saving' : 'Save'}
        </Button>
      </div>
    </form>
  )
}

/** A refused connection may be wanted all the same: the service may be down just now. */
function Problem({ form, onSkip }: { form: ReturnType<typeof useS3Form>; onSkip: () => void }) {
  const { error, isPending } = form.configure
  const skippable = error instanceof ApiError && error.code === 'S3ConnectionFailed'
  return (
    <div role="alert" className="rounded-md bg-failed-soft px-4 py-3">
      <p className="text-failed [overflow-wrap:anywhere]">{form.problem}</p>
      {skippable && (
        <Button className="mt-3" busy={isPending} onClick={onSkip}>
          Save without the test
        </Button>
      )}
    </div>
  )
}
