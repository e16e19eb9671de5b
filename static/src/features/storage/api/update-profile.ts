import { useMutation, useQueryClient } from '@tanstack/react-query'
import { storageKeys } from '@/features/storage/api/keys'
import { profileSchema, type S3Options, type S3Settings } from '@/features/storage/model'
import { request } from '@/lib/api-client'

type Clearable = 's3CaCertificate' | keyof S3Options

/** Members that are left out stay as they are; null takes one away. The server tests changed S3 settings first. */
export type ProfileChange = Partial<Omit<S3Settings, Clearable>> &
  Partial<Record<Clearable, string | null>> & {
    /** A link to a folder of Drive, or its id. */
    gdriveFolder?: string | null
    skipTest?: boolean
  }

export function useUpdateProfile(id: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (change: ProfileChange) => request(`/api/storage/profiles/${id}`, { method: 'PATCH', body: change, schema: profileSchema }),
    onSuccess: (profile) => {
      client.setQueryData(storageKeys.profile(id), profile)
      return client.invalidateQueries({ queryKey: storageKeys.all })
    },
  })
}
