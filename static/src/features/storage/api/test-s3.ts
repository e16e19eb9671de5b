import { useMutation } from '@tanstack/react-query'
import { type S3Settings, s3TestSchema } from '@/features/storage/model'
import { request } from '@/lib/api-client'

export function useTestS3() {
  return useMutation({
    mutationFn: (settings: S3Settings) => request('/api/storage/s3/test', { method: 'POST', body: settings, schema: s3TestSchema }),
  })
}
