import { useQuery } from '@tanstack/react-query'
import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { presetsQuery } from '@/features/storage/api/get-presets'
import { Fact, Facts } from '@/features/storage/components/facts'
import { S3EditForm } from '@/features/storage/components/s3-edit-form'
import { clockWarning } from '@/features/storage/clock-words'
import type { Profile, S3Details } from '@/features/storage/model'
import { ENCRYPTIONS } from '@/features/storage/s3-options'

/** How the bucket is reached; the same panel turns into the form that changes it. */
export function S3Panel({ profile, s3 }: { profile: Profile; s3: S3Details }) {
  const [editing, setEditing] = useState(false)
  const presets = useQuery(presetsQuery)
  const service = presets.data?.find(({ id }) => id === s3.preset)?.label
  if (editing) {
    return (
      <Panel title="Change the connection" label="Connection">
        <div className="p-4">
          <S3EditForm id={profile.id} s3={s3} onDone={() => setEditing(false)} />
        </div>
      </Panel>
    )
  }
  return (
    <Panel
      title="Connection"
      label="Connection"
      aside={
        <Button variant="quiet" className="-my-1 -mr-2 h-8" onClick={() => setEditing(true)}>
          <Pencil aria-hidden />
          Edit
        </Button>
      }
    >
      <Facts>
        {service && <Fact name="Service">{service}</Fact>}
        <Fact name="Endpoint">{s3.endpoint}</Fact>
        <Fact name="Bucket">{s3.bucket}</Fact>
        <Fact name="Region">{s3.region}</Fact>
        <Fact name="Bucket address">{s3.pathStyle ? 'in the path' : 'in the host name'}</Fact>
        <Fact name="Access key">
          <span className="font-mono text-xs">{s3.accessKeyMasked}</span>
        </Fact>
        <Fact name="Secret key">stored encrypted, never shown</Fact>
        <Fact name="CA certificate">{s3.hasCaCertificate ? 'one of your own' : 'none; the public ones are trusted'}</Fact>
        <Fact name="Path of a file">
          <span className="font-mono text-xs">{s3.pathTemplate}</span>
        </Fact>
        {s3.storageClass && <Fact name="Storage class">{s3.storageClass}</Fact>}
        {s3.sse && <Fact name="Encryption">{encryptionWords(s3.sse, s3.sseKmsKeyId)}</Fact>}
        {s3.acl && <Fact name="Access (ACL)">{s3.acl}</Fact>}
        <Fact name="Replacing a file">{replacing(s3.conditionalCreate)}</Fact>
        {clockWarning(s3.clockOffsetSeconds) && <Fact name="Clock">{clockWarning(s3.clockOffsetSeconds)}</Fact>}
      </Facts>
    </Panel>
  )
}

function encryptionWords(sse: string, key: string | null): string {
  const words = Object.entries(ENCRYPTIONS).find(([id]) => id === sse)?.[1] ?? sse
  return key ? `${words}: ${key}` : words
}

/** What keeps an upload from replacing an object that is there. */
function replacing(conditional: boolean | null): string {
  if (conditional === null) return 'prevented by a look before each write; whether the server refuses it too, a test finds out'
  return conditional ? 'refused by the server itself' : 'prevented by a look before each write; the server has no conditional writes'
}
