import { useMutation } from '@tanstack/react-query'
import { type S3Options, type S3Settings, testSchema } from '@/features/storage/model'
import { request } from '@/lib/api-client'

type Optional = 's3CaCertificate' | keyof S3Options

/** Settings as they are sent: no service of the table means no `preset`, and what is empty is left out. */
export type S3Candidate = Omit<S3Settings, Optional> & Partial<Pick<S3Settings, Optional>> & { preset?: string }

export function useTestS3() {
  return useMutation({
    mutationFn: (candidate: S3Candidate) => request('/api/storage/s3/test', { method: 'POST', body: candidate, schema: testSchema }),
  })
}
