/**
 * S3 services that people use, as data: choosing one fills endpoint and region. `{region}` in an endpoint is replaced;
 * a part in angle brackets is for the person to fill in.
 */
export type S3Preset = {
  id: string
  label: string
  endpoint: string
  regions: readonly (readonly [id: string, label: string])[]
  /** Where to find the keys, and what is special. */
  hint: string
}

export const s3Presets: readonly S3Preset[] = [
  {
    id: 'aws',
    label: 'Amazon S3',
    endpoint: 'https://s3.{region}.amazonaws.com',
    regions: [
      ['us-east-1', 'US East (N. Virginia)'],
      ['us-east-2', 'US East (Ohio)'],
      ['us-west-1', 'US West (N. California)'],
      ['us-west-2', 'US West (Oregon)'],
      ['ca-central-1', 'Canada (Central)'],
      ['sa-east-1', 'South America (São Paulo)'],
      ['eu-central-1', 'Europe (Frankfurt)'],
      ['eu-central-2', 'Europe (Zurich)'],
      ['eu-west-1', 'Europe (Ireland)'],
      ['eu-west-2', 'Europe (London)'],
      ['eu-west-3', 'Europe (Paris)'],
      ['eu-north-1', 'Europe (Stockholm)'],
      ['eu-south-1', 'Europe (Milan)'],
      ['ap-south-1', 'Asia Pacific (Mumbai)'],
      ['ap-southeast-1', 'Asia Pacific (Singapore)'],
      ['ap-southeast-2', 'Asia Pacific (Sydney)'],
      ['ap-northeast-1', 'Asia Pacific (Tokyo)'],
      ['ap-northeast-2', 'Asia Pacific (Seoul)'],
      ['ap-east-1', 'Asia Pacific (Hong Kong)'],
      ['me-south-1', 'Middle East (Bahrain)'],
      ['af-south-1', 'Africa (Cape Town)'],
    ],
    hint: 'Use the access key of an IAM user that may put, get and delete objects in the bucket.',
  },
  {
    id: 'b2',
    label: 'Backblaze B2',
    endpoint: 'https://s3.{region}.backblazeb2.com',
    regions: [
      ['us-west-000', 'US West 000'],
      ['us-west-001', 'US West 001'],
      ['us-west-002', 'US West 002'],
      ['us-west-004', 'US West 004'],
      ['us-east-005', 'US East 005'],
      ['eu-central-003', 'EU Central 003'],
      ['ca-east-006', 'CA East 006'],
    ],
    hint: 'The region stands in the endpoint of the bucket. Use an application key, not the master key.',
  },
  {
    id: 'r2',
    label: 'Cloudflare R2',
    endpoint: 'https://<account id>.r2.cloudflarestorage.com',
    regions: [['auto', 'Automatic']],
    hint: 'Put your account id into the endpoint; it stands on the R2 overview page, beside the API tokens.',
  },
  {
    id: 'wasabi',
    label: 'Wasabi',
    endpoint: 'https://s3.{region}.wasabisys.com',
    regions: [
      ['us-east-1', 'US East 1 (N. Virginia)'],
      ['us-east-2', 'US East 2 (N. Virginia)'],
      ['us-central-1', 'US Central 1 (Texas)'],
      ['us-west-1', 'US West 1 (Oregon)'],
      ['ca-central-1', 'CA Central 1 (Toronto)'],
      ['eu-central-1', 'EU Central 1 (Amsterdam)'],
      ['eu-central-2', 'EU Central 2 (Frankfurt)'],
      ['eu-west-1', 'EU West 1 (London)'],
      ['eu-west-2', 'EU West 2 (Paris)'],
      ['ap-northeast-1', 'AP Northeast 1 (Tokyo)'],
      ['ap-northeast-2', 'AP Northeast 2 (Osaka)'],
      ['ap-southeast-1', 'AP Southeast 1 (Singapore)'],
      ['ap-southeast-2', 'AP Southeast 2 (Sydney)'],
    ],
    hint: 'Deleted objects are billed for 90 days on most Wasabi plans.',
  },
  {
    id: 'do',
    label: 'DigitalOcean Spaces',
    endpoint: 'https://{region}.digitaloceanspaces.com',
    regions: [
      ['nyc3', 'New York 3'],
      ['sfo2', 'San Francisco 2'],
      ['sfo3', 'San Francisco 3'],
      ['ams3', 'Amsterdam 3'],
      ['fra1', 'Frankfurt 1'],
      ['lon1', 'London 1'],
      ['tor1', 'Toronto 1'],
      ['blr1', 'Bangalore 1'],
      ['sgp1', 'Singapore 1'],
      ['syd1', 'Sydney 1'],
    ],
    hint: 'The bucket is the name of the Space. Use a Spaces access key.',
  },
  {
    id: 'hetzner',
    label: 'Hetzner Object Storage',
    endpoint: 'https://{region}.your-objectstorage.com',
    regions: [
      ['fsn1', 'Falkenstein'],
      ['nbg1', 'Nuremberg'],
      ['hel1', 'Helsinki'],
    ],
    hint: 'Create S3 credentials in the project that owns the bucket.',
  },
  {
    id: 'minio',
    label: 'MinIO',
    endpoint: 'http://<host>:9000',
    regions: [['us-east-1', 'Default']],
    hint: 'Put your server into the endpoint. The region is us-east-1 unless your server was given another.',
  },
  {
    id: 'custom',
    label: 'Another S3-compatible service',
    endpoint: '',
    regions: [],
    hint: 'Endpoint and region stand in the documentation of your service; us-east-1 is common where regions mean nothing.',
  },
]

export function presetEndpoint(preset: S3Preset, region: string): string {
  return preset.endpoint.replace('{region}', region)
}
