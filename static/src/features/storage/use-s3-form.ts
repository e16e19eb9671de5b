import { useState } from 'react'
import { useConfigureS3 } from '@/features/storage/api/configure-s3'
import { type S3Candidate, useTestS3 } from '@/features/storage/api/test-s3'
import { focusField } from '@/features/storage/focus-field'
import type { S3Field, S3Preset, S3Settings } from '@/features/storage/model'
import { optionsOf, writtenOptions } from '@/features/storage/s3-options'
import { endpointForRegion, otherPreset, presetValues, regionInEndpoint } from '@/features/storage/s3-presets'
import { type S3Errors, serverErrors, validateS3 } from '@/features/storage/s3-validation'

function candidateOf(settings: S3Settings, preset: S3Preset): S3Candidate {
  const certificate = settings.s3CaCertificate.trim()
  return {
    ...writtenOptions(settings),
    profileName: settings.profileName.trim(),
    s3Endpoint: settings.s3Endpoint.trim(),
    s3AccessKey: settings.s3AccessKey.trim(),
    s3SecretKey: settings.s3SecretKey.trim(),
    s3BucketName: settings.s3BucketName.trim(),
    s3Region: settings.s3Region.trim(),
    ...(certificate ? { s3CaCertificate: certificate } : {}),
    ...(preset.id === otherPreset.id ? {} : { preset: preset.id }),
  }
}

/** The state of the S3 form: its values, whose errors stand where, and its two ways to the server. */
export function useS3Form(presets: readonly S3Preset[], onSaved: (name: string) => void) {
  const firstPreset = presets[0] ?? otherPreset
  const [presetId, setPresetId] = useState(firstPreset.id)
  const preset = presets.find(({ id }) => id === presetId) ?? firstPreset
  const [settings, setSettings] = useState<S3Settings>({
    profileName: '',
    s3AccessKey: '',
    s3SecretKey: '',
    s3BucketName: '',
    s3CaCertificate: '',
    ...optionsOf(null),
    ...presetValues(firstPreset),
  })
  const [setAsDefault, setSetAsDefault] = useState(false)
  const [clientErrors, setClientErrors] = useState<S3Errors>({})
  const test = useTestS3()
  const configure = useConfigureS3()
  const refused = serverErrors(configure.error ?? test.error)

  const edit = (patch: Partial<S3Settings>) => {
    const found = patch.s3Endpoint === undefined ? null : regionInEndpoint(preset, patch.s3Endpoint)
    const change = found === null || patch.s3Region !== undefined ? patch : { ...patch, s3Region: found }
    setSettings((before) => ({ ...before, ...change }))
    setClientErrors((before) => Object.fromEntries(Object.entries(before).filter(([field]) => !(field in change))))
    // A result is about other values from here on.
    test.reset()
    configure.reset()
  }
  /** Calls `send` when nothing is wrong; else puts the focus on the first field in question. */
  const whenValid = (form: HTMLFormElement | null, send: () => void) => {
    const errors = validateS3(settings)
    setClientErrors(errors)
    const first = Object.keys(errors)[0]
    if (first === undefined) send()
    else focusField(form, first)
  }
  const save = (form: HTMLFormElement | null, skipTest: boolean) =>
    whenValid(form, () => {
      test.reset()
      const body = { ...candidateOf(settings, preset), setAsDefault, skipTest }
      configure.mutate(body, {
        onSuccess: () => onSaved(body.profileName),
        onError: (error) => focusField(form, Object.keys(serverErrors(error).fields)[0]),
      })
    })
  const runTest = (form: HTMLFormElement | null) =>
    whenValid(form, () => {
      configure.reset()
      test.mutate(candidateOf(settings, preset))
    })

  return {
    preset,
    choosePreset: (id: string) => {
      setPresetId(id)
      edit(presetValues(presets.find((candidate) => candidate.id === id) ?? firstPreset))
    },
    chooseRegion: (region: string) =>
      edit({ s3Region: region, s3Endpoint: endpointForRegion(preset, settings.s3Endpoint, settings.s3Region, region) }),
    settings,
    edit,
    errorOf: (field: S3Field) => clientErrors[field] ?? refused.fields[field],
    problem: refused.rest,
    setAsDefault,
    setSetAsDefault,
    test,
    configure,
    save,
    runTest,
  }
}
