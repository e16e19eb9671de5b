import { consentSchema } from '@/features/storage/model'
import { request } from '@/lib/api-client'

/** The same login once more, for a profile that Google no longer lets in. */
export async function reauthenticateDrive(profileId: number): Promise<string> {
  const { authorizationUrl } = await request(`/api/storage/gdrive/${profileId}/reauthenticate`, { method: 'POST', schema: consentSchema })
  return authorizationUrl
}
