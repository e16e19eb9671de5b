import { FileUp } from 'lucide-react'
import { useRef } from 'react'
import { Button } from '@/components/ui/button'
import { TextAreaField } from '@/components/ui/field'
import { showToast } from '@/lib/toast'

/** Read before it is looked at, so far larger than any certificate is enough. */
const MAX_READ_BYTES = 1_000_000

type CaCertificateFieldProps = { value: string; error: string | undefined; onChange: (pem: string) => void }

/** A certificate authority that no browser knows: pasted, or read from a file. */
export function CaCertificateField({ value, error, onChange }: CaCertificateFieldProps) {
  const input = useRef<HTMLInputElement>(null)
  const read = async (file: File) => {
    try {
      onChange(await file.slice(0, MAX_READ_BYTES).text())
    } catch {
      showToast(`“${file.name}” cannot be read. Choose it again, or paste its text.`, 'failed')
    }
  }
  return (
    <div>
      <TextAreaField
        label="CA certificate"
        name="s3CaCertificate"
        rows={4}
        value={value}
        error={error}
        hint="PEM text of the certificate that signed the server’s own, or of a self-signed one."
        placeholder="-----BEGIN CERTIFICATE-----"
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
      />
      <Button className="mt-2" onClick={() => input.current?.click()}>
        <FileUp aria-hidden />
        Choose a file
      </Button>
      <input
        ref={input}
        type="file"
        accept=".pem,.crt,.cer,application/x-pem-file"
        aria-label="CA certificate file"
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0]
          event.target.value = ''
          if (file) void read(file)
        }}
      />
    </div>
  )
}
