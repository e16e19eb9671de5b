import type { NewCredential } from '@/features/storage/api/save-credential'
import { addressProblem } from '@/features/storage/google/redirect-uri'
import { ApiError } from '@/lib/api-error'

export type CredentialErrors = Partial<Record<keyof NewCredential, string>>

const fields: readonly (keyof NewCredential)[] = ['name', 'clientId', 'clientSecret', 'redirectUri']

/** What can be said without asking the server. The rules are the server's and Google's. */
export function credentialErrors(values: NewCredential): CredentialErrors {
  const errors: CredentialErrors = {}
  const clientId = values.clientId.trim()
  if (!clientId) errors.clientId = 'Enter the client ID.'
  else if (!/\.apps\.googleusercontent\.com$/i.test(clientId)) errors.clientId = 'A client ID ends in .apps.googleusercontent.com. Copy the whole of it.'
  if (!values.clientSecret.trim()) errors.clientSecret = 'Enter the client secret.'
  const address = addressProblem(values.redirectUri.trim())
  if (address) errors.redirectUri = address
  if (values.name.trim().length > 255) errors.name = 'Use 255 characters at most.'
  return errors
}

const codeFields: Record<string, keyof NewCredential> = {
  InvalidClientId: 'clientId',
  InvalidClientSecret: 'clientSecret',
  InvalidRedirectUri: 'redirectUri',
  InvalidCredentialName: 'name',
}

/** Ties a server's refusal to the inputs it is about; what belongs to no input comes back in `rest`. */
export function serverCredentialErrors(error: unknown): { fields: CredentialErrors; rest: string | null } {
  if (!(error instanceof ApiError)) return { fields: {}, rest: error ? 'The form failed in the browser. Reload the page and try again.' : null }
  const found: CredentialErrors = {}
  for (const [key, messages] of Object.entries(error.fields)) {
    const field = fields.find((name) => name.toLowerCase() === key.toLowerCase())
    if (field && messages.length > 0) found[field] = messages.join(' ')
  }
  const field = codeFields[error.code]
  if (field) found[field] ??= error.message
  return { fields: found, rest: Object.keys(found).length > 0 ? null : error.message }
}
