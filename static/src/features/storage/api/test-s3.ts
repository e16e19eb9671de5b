import { useMutation } from '@tanstack/react-query'
import { type S3Settings, testSchema } from '@/features/storage/model'
import { request } from '@/lib/api-client'

/** Settings as they are sent: no service of the table means no `preset`, no certificate means none. */
export type S3Candidate = Omit<S3Settings, 's3CaCertificate'> & { s3CaCertificate?: string; preset?: string }

export function useTestS3() {
  return useMutation({
    mutationFn: (candidate: S3Candidate) => request('/api/storage/s3/test', { method: 'POST', body: candidate, schema: testSchema }),
  })
}
