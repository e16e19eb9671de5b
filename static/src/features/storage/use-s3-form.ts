import { useState } from 'react'
import { useConfigureS3 } from '@/features/storage/api/configure-s3'
import { useTestS3 } from '@/features/storage/api/test-s3'
import type { S3Field, S3Settings } from '@/features/storage/model'
import { presetEndpoint, s3Presets } from '@/features/storage/s3-presets'
import { type S3Errors, serverErrors, validateS3 } from '@/features/storage/s3-validation'

const firstPreset = s3Presets[0]!

function presetValues(presetId: string, region?: string): Pick<S3Settings, 's3Endpoint' | 's3Region'> {
  const preset = s3Presets.find(({ id }) => id === presetId) ?? firstPreset
  const chosen = region ?? preset.regions[0]?.[0] ?? ''
  return { s3Endpoint: presetEndpoint(preset, chosen), s3Region: chosen }
}

function trimmed(settings: S3Settings): S3Settings {
  return {
    profileName: settings.profileName.trim(),
    s3Endpoint: settings.s3Endpoint.trim(),
    s3AccessKey: settings.s3AccessKey.trim(),
    s3SecretKey: settings.s3SecretKey.trim(),
    s3BucketName: settings.s3BucketName.trim(),
    s3Region: settings.s3Region.trim(),
  }
}

/** The state of the S3 form: its values, whose errors stand where, and its two ways to the server. */
export function useS3Form(onSaved: (name: string) => void) {
  const [presetId, setPresetId] = useState(firstPreset.id)
  const [settings, setSettings] = useState<S3Settings>({
    profileName: '',
    s3AccessKey: '',
    s3SecretKey: '',
    s3BucketName: '',
    ...presetValues(firstPreset.id),
  })
  const [setAsDefault, setSetAsDefault] = useState(false)
  const [clientErrors, setClientErrors] = useState<S3Errors>({})
  const test = useTestS3()
  const configure = useConfigureS3()
  const refused = serverErrors(configure.error ?? test.error)

  const edit = (patch: Partial<S3Settings>) => {
    setSettings((before) => ({ ...before, ...patch }))
    setClientErrors((before) => Object.fromEntries(Object.entries(before).filter(([field]) => !(field in patch))))
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
      const body = { ...trimmed(settings), setAsDefault, skipTest }
      configure.mutate(body, {
        onSuccess: () => onSaved(body.profileName),
        onError: (error) => focusField(form, Object.keys(serverErrors(error).fields)[0]),
      })
    })
  const runTest = (form: HTMLFormElement | null) =>
    whenValid(form, () => {
      configure.reset()
      test.mutate(trimmed(settings))
    })

  return {
    preset: s3Presets.find(({ id }) => id === presetId) ?? firstPreset,
    choosePreset: (id: string) => {
      setPresetId(id)
      edit(presetValues(id))
    },
    chooseRegion: (region: string) => edit(presetValues(presetId, region)),
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

function focusField(form: HTMLFormElement | null, name: string | undefined): void {
  const field = name === undefined ? null : form?.elements.namedItem(name)
  if (field instanceof HTMLElement) field.focus()
}
