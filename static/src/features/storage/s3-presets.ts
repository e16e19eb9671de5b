import type { S3Preset } from '@/features/storage/model'

/** For services that the server's table does not have, and for when the table cannot be read. */
export const otherPreset: S3Preset = {
  id: 'custom',
  label: 'Another S3-compatible service',
  endpoint: '',
  regions: [],
  regionRule: 'any',
  pathStyle: true,
  multipart: true,
  hint: 'Endpoint and region stand in the documentation of your service.',
}

const ANY_REGION = 'us-east-1'

export function withOther(presets: readonly S3Preset[] | undefined): readonly S3Preset[] {
  if (!presets) return [otherPreset]
  return presets.some(({ id }) => id === otherPreset.id) ? presets : [...presets, otherPreset]
}

/** Endpoint and region of a service; the first region where none was chosen. */
export function presetValues(preset: S3Preset, region?: string): { s3Endpoint: string; s3Region: string } {
  const byRule = { auto: 'auto', any: ANY_REGION, required: '', 'from-endpoint': '' }[preset.regionRule]
  const chosen = region ?? preset.regions[0]?.id ?? byRule
  return { s3Endpoint: preset.endpoint.replace('{region}', chosen), s3Region: chosen }
}

/** The region inside an endpoint that was typed or pasted, for services that put it there; null when it has another form. */
export function regionInEndpoint(preset: S3Preset, endpoint: string): string | null {
  const [before, after] = preset.endpoint.split('{region}')
  if (before === undefined || after === undefined) return null
  const typed = endpoint.trim().replace(/\/+$/, '')
  if (!typed.startsWith(before) || !typed.endsWith(after)) return null
  const region = typed.slice(before.length, typed.length - after.length)
  return /^[a-z0-9-]+$/.test(region) ? region : null
}

/** What stands below the region's input. */
export function regionHint(preset: S3Preset): string | undefined {
  return {
    required: 'It must be the region of the bucket.',
    auto: 'This service has one region, “auto”.',
    any: 'us-east-1 where regions mean nothing.',
    'from-endpoint': 'It stands in the endpoint.',
  }[preset.regionRule]
}
