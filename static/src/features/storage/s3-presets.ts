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

/** Another region for an endpoint that may have been completed by hand: only the region in it changes. */
export function endpointForRegion(preset: S3Preset, endpoint: string, from: string, to: string): string {
  const found = regionInEndpoint(preset, endpoint)
  return found !== null && found === from ? endpoint.replace(from, to) : presetValues(preset, to).s3Endpoint
}

/** The region inside an endpoint that was typed or pasted, for services that put it there; null when it has another form. */
export function regionInEndpoint(preset: S3Preset, endpoint: string): string | null {
  if (!preset.endpoint.includes('{region}')) return null
  const pattern = preset.endpoint
    .replace(/[.*+?^$()|[\]\\/]/g, '\\$&')
    .replace(/<[^>]*>/g, '[^./]+')
    .replace('{region}', '([a-z0-9-]+)')
  return new RegExp(`^${pattern}/*$`).exec(endpoint.trim())?.[1] ?? null
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
