import { useState } from 'react'
import { type ProfileChange, useUpdateProfile } from '@/features/storage/api/update-profile'
import { certificateError } from '@/features/storage/ca-certificate'
import { focusField } from '@/features/storage/focus-field'
import type { S3Details, S3Settings } from '@/features/storage/model'
import { changedOptions, optionsOf } from '@/features/storage/s3-options'
import { endpointError, type S3Errors, serverErrors } from '@/features/storage/s3-validation'

/** Of a stored profile the page knows everything but the keys and the certificate, so those are empty: empty keeps them. */
export type S3Edit = Omit<S3Settings, 'profileName'>

function editErrors(values: S3Edit): S3Errors {
  const errors: S3Errors = {}
  const endpoint = endpointError(values.s3Endpoint.trim())
  if (endpoint) errors.s3Endpoint = endpoint
  if (!values.s3Region.trim()) errors.s3Region = 'Enter the region; us-east-1 where regions mean nothing.'
  if (values.s3BucketName.trim().length < 3) errors.s3BucketName = 'Enter the name of the bucket, 3 to 63 characters.'
  if (values.s3AccessKey.trim() && !values.s3SecretKey.trim()) errors.s3SecretKey = 'Enter the secret key that belongs to the new access key.'
  const certificate = certificateError(values.s3CaCertificate)
  if (certificate) errors.s3CaCertificate = certificate
  return errors
}

/** Only what differs is sent. */
function changeOf(values: S3Edit, s3: S3Details, dropCertificate: boolean): ProfileChange {
  const change: ProfileChange = changedOptions(values, s3)
  const [endpoint, region, bucket] = [values.s3Endpoint.trim(), values.s3Region.trim(), values.s3BucketName.trim()]
  if (endpoint !== s3.endpoint) change.s3Endpoint = endpoint
  if (region !== s3.region) change.s3Region = region
  if (bucket !== s3.bucket) change.s3BucketName = bucket
  if (values.s3AccessKey.trim()) change.s3AccessKey = values.s3AccessKey.trim()
  if (values.s3SecretKey.trim()) change.s3SecretKey = values.s3SecretKey.trim()
  if (values.s3CaCertificate.trim()) change.s3CaCertificate = values.s3CaCertificate.trim()
  else if (dropCertificate) change.s3CaCertificate = null
  return change
}

export function useS3Edit(id: number, s3: S3Details, onDone: (saved: boolean) => void) {
  const [values, setValues] = useState<S3Edit>({
    s3Endpoint: s3.endpoint,
    s3Region: s3.region,
    s3BucketName: s3.bucket,
    s3AccessKey: '',
    s3SecretKey: '',
    s3CaCertificate: '',
    ...optionsOf(s3),
  })
  const [dropCertificate, setDropCertificate] = useState(false)
  const [errors, setErrors] = useState<S3Errors>({})
  const update = useUpdateProfile(id)
  const refused = serverErrors(update.error)
  const edit = (patch: Partial<S3Edit>) => {
    setValues((before) => ({ ...before, ...patch }))
    setErrors((before) => Object.fromEntries(Object.entries(before).filter(([field]) => !(field in patch))))
    update.reset()
  }
  const save = (form: HTMLFormElement | null, skipTest: boolean) => {
    const wrong = editErrors(values)
    setErrors(wrong)
    const first = Object.keys(wrong)[0]
    if (first !== undefined) return focusField(form, first)
    const change = changeOf(values, s3, dropCertificate)
    if (Object.keys(change).length === 0) return onDone(false)
    return update.mutate(
      { ...change, skipTest },
      {
        onSuccess: () => onDone(true),
        onError: (error) => focusField(form, Object.keys(serverErrors(error).fields)[0]),
      },
    )
  }
  return {
    values,
    edit,
    dropCertificate,
    setDropCertificate,
    errorOf: (field: keyof S3Edit) => errors[field] ?? refused.fields[field],
    problem: refused.rest,
    update,
    save,
  }
}
