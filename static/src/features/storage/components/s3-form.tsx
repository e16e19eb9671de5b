import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useRef } from 'react'
import { Button } from '@/components/ui/button'
import { CheckboxField, SelectField, TextField } from '@/components/ui/field'
import { Skeleton } from '@/components/ui/skeleton'
import { presetsQuery } from '@/features/storage/api/get-presets'
import { CaCertificateField } from '@/features/storage/components/ca-certificate-field'
import { Disclosure } from '@/features/storage/components/disclosure'
import { RefusedSettings } from '@/features/storage/components/refused-settings'
import { S3OptionsFields } from '@/features/storage/components/s3-options-fields'
import { TestResult } from '@/features/storage/components/test-result'
import type { S3Field, S3Preset } from '@/features/storage/model'
import { regionHint, withOther } from '@/features/storage/s3-presets'
import { useS3Form } from '@/features/storage/use-s3-form'

type S3FormProps = { onSaved: (name: string) => void; onCancel: () => void }

/** Without the server's table of services the form still works, for any service. */
export function S3Form(props: S3FormProps) {
  const presets = useQuery(presetsQuery)
  if (presets.isPending) {
    return (
      <div role="status" aria-label="Loading the services" className="space-y-5">
        <Skeleton className="h-14 rounded-md" />
        <Skeleton className="h-14 rounded-md" />
        <Skeleton className="h-40 rounded-md" />
      </div>
    )
  }
  return (
    <>
      {!presets.data && (
        <div role="alert" className="mb-5 flex flex-wrap items-center justify-between gap-3 rounded-md bg-waiting-soft px-4 py-3">
          <p className="min-w-0 flex-1 basis-60">The list of services could not be loaded. Endpoint and region can be entered by hand.</p>
          <Button busy={presets.isFetching} onClick={() => void presets.refetch()}>
            Try again
          </Button>
        </div>
      )}
      <Form key={presets.data ? 'table' : 'by hand'} presets={withOther(presets.data)} {...props} />
    </>
  )
}

function Form({ presets, onSaved, onCancel }: S3FormProps & { presets: readonly S3Preset[] }) {
  const form = useS3Form(presets, onSaved)
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
          {presets.map(({ id, label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </SelectField>
        {preset.regions.length > 1 && <LocationSelect preset={preset} region={settings.s3Region} onChange={form.chooseRegion} />}
      </div>
      <p className="text-muted">{preset.hint}</p>
      <div className="grid gap-x-4 gap-y-5 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <TextField label="Endpoint" type="url" inputMode="url" {...text('s3Endpoint')} />
        <TextField label="Region" hint={regionHint(preset)} {...text('s3Region')} />
      </div>
      <TextField label="Bucket" hint="It must exist already." {...text('s3BucketName')} />
      <div className="grid gap-x-4 gap-y-5 sm:grid-cols-2">
        <TextField label="Access key" {...text('s3AccessKey')} />
        <TextField label="Secret key" type="password" {...text('s3SecretKey')} autoComplete="new-password" />
      </div>
      <p className="text-xs text-muted">Keys are stored encrypted and never shown again.</p>
      <Disclosure summary="The server has a self-signed certificate" forced={form.errorOf('s3CaCertificate') !== undefined}>
        <CaCertificateField
          value={settings.s3CaCertificate}
          error={form.errorOf('s3CaCertificate')}
          onChange={(s3CaCertificate) => form.edit({ s3CaCertificate })}
        />
      </Disclosure>
      <S3OptionsFields values={settings} errorOf={form.errorOf} onChange={form.edit} />
      <CheckboxField
        label="Use as the default destination"
        checked={form.setAsDefault}
        onChange={(event) => form.setSetAsDefault(event.target.checked)}
      />
      {test.data && <TestResult result={test.data} />}
      {form.problem && (
        <RefusedSettings
          sentence={form.problem}
          error={configure.error}
          busy={configure.isPending}
          onSkip={() => form.save(element.current, true)}
        />
      )}
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

function LocationSelect({ preset, region, onChange }: { preset: S3Preset; region: string; onChange: (region: string) => void }) {
  return (
    <SelectField
      label="Location"
      value={preset.regions.some(({ id }) => id === region) ? region : ''}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="" hidden>
        Other
      </option>
      {preset.regions.map(({ id, label }) => (
        <option key={id} value={id}>
          {label}
        </option>
      ))}
    </SelectField>
  )
}
