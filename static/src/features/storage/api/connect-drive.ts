import { consentSchema } from '@/features/storage/model'
import { request } from '@/lib/api-client'

export type DriveConnection = { credentialId: number; profileName: string | null; setAsDefault: boolean }

/** Begins a login at Google and answers the address to send the person to; the profile appears when Google sends them back. */
export async function connectDrive(connection: DriveConnection): Promise<string> {
  const { authorizationUrl } = await request('/api/storage/gdrive/connect', { method: 'POST', body: connection, schema: consentSchema })
  return authorizationUrl
}
