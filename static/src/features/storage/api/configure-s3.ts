import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { S3Candidate } from '@/features/storage/api/test-s3'
import { storageKeys } from '@/features/storage/api/keys'
import { s3ConfiguredSchema } from '@/features/storage/model'
import { request } from '@/lib/api-client'

/** The server tests the destination before it stores it; `skipTest` stores it untested. */
export type S3Configuration = S3Candidate & { setAsDefault: boolean; skipTest: boolean }

export function useConfigureS3() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (configuration: S3Configuration) =>
      request('/api/storage/s3/configure', { method: 'POST', body: configuration, schema: s3ConfiguredSchema }),
    onSuccess: () => client.invalidateQueries({ queryKey: storageKeys.all }),
  })
}
