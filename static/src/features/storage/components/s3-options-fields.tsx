import { useId } from 'react'
import { SelectField, TextField } from '@/components/ui/field'
import { Disclosure } from '@/features/storage/components/disclosure'
import { PathTemplateField } from '@/features/storage/components/path-template-field'
import type { S3Options } from '@/features/storage/model'
import { ACLS, ENCRYPTIONS, STORAGE_CLASSES } from '@/features/storage/s3-options'

type S3OptionsFieldsProps = {
  values: S3Options
  errorOf: (field: keyof S3Options) => string | undefined
  onChange: (patch: Partial<S3Options>) => void
}

/** How objects are written: few people need it, and the test tries all of it. */
export function S3OptionsFields({ values, errorOf, onChange }: S3OptionsFieldsProps) {
  const classes = useId()
  const forced = (Object.keys(values) as (keyof S3Options)[]).some((field) => errorOf(field) !== undefined)
  const field = (name: Exclude<keyof S3Options, 's3PathTemplate'>) => ({
    name,
    value: values[name],
    error: errorOf(name),
    onChange: (event: { target: { value: string } }) => onChange({ [name]: event.target.value }),
  })
  return (
    <Disclosure summary="Advanced: paths, storage class, encryption" forced={forced}>
      <div className="space-y-5">
        <PathTemplateField value={values.s3PathTemplate} error={errorOf('s3PathTemplate')} onChange={(s3PathTemplate) => onChange({ s3PathTemplate })} />
        <div className="grid gap-x-4 gap-y-5 sm:grid-cols-2">
          <div>
            <TextField
              label="Storage class"
              placeholder="as the bucket is set"
              hint="As the service names it, such as STANDARD_IA."
              list={classes}
              autoComplete="off"
              spellCheck={false}
              {...field('s3StorageClass')}
            />
            <datalist id={classes}>
              {STORAGE_CLASSES.map((name) => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </div>
          <SelectField label="Access (ACL)" hint="Buckets often forbid anything but their own setting." {...field('s3Acl')}>
            <Choices choices={ACLS} value={values.s3Acl} />
          </SelectField>
          <SelectField label="Encryption" {...field('s3Sse')}>
            <Choices choices={ENCRYPTIONS} value={values.s3Sse} />
          </SelectField>
          {values.s3Sse === 'aws:kms' && (
            <TextField label="KMS key" hint="Its id or ARN; empty is the account’s own key." autoComplete="off" spellCheck={false} {...field('s3SseKmsKeyId')} />
          )}
        </div>
      </div>
    </Disclosure>
  )
}

/** What is stored is always among the choices, though this page may not know it. */
function Choices({ choices, value }: { choices: Readonly<Record<string, string>>; value: string }) {
  return (
    <>
      <option value="">As the bucket is set</option>
      {Object.entries(choices).map(([id, label]) => (
        <option key={id} value={id}>
          {label}
        </option>
      ))}
      {value !== '' && !Object.hasOwn(choices, value) && <option>{value}</option>}
    </>
  )
}
