/** How a login at Google ended; it stands in the query of the address that the callback redirects to. */
export type Outcome = { ok: true; profileId: number } | { ok: false; code: string; message: string }

/** null when the address is not one that the callback made. */
export function parseOutcome(params: URLSearchParams): Outcome | null {
  const code = params.get('error')
  if (code) return { ok: false, code, message: params.get('message') ?? '' }
  const profileId = Number(params.get('profileId'))
  return params.get('success') === 'true' && Number.isInteger(profileId) && profileId > 0 ? { ok: true, profileId } : null
}

type Words = { title: string; text: string; next: string }

/** One row per code of the callback: what happened, what it means, what to do. */
const table: Record<string, Words> = {
  AccessDenied: {
    title: 'Access was not granted',
    text: 'Cancel was chosen on Google’s page, or Google Drive was left unticked there. Nothing was saved.',
    next: 'Connect again, tick Google Drive and choose Continue.',
  },
  InvalidState: {
    title: 'This login is no longer valid',
    text: 'A login can be finished once, within a few minutes of its start. Nothing was saved.',
    next: 'Start it again.',
  },
  UserMismatch: {
    title: 'This login was begun in another browser',
    text: 'A login must end in the browser that began it, so that nobody can slip you an account. Nothing was saved.',
    next: 'Start it again here.',
  },
  TokenExchangeFailed: {
    title: 'Google did not accept the credentials',
    text: 'You were let in, but then Google refused the client secret that is saved here, or could not be reached.',
    next: 'Compare the secret and the redirect URI with the client in Google Cloud, correct them, and connect again.',
  },
  NoRefreshToken: {
    title: 'Google gave access for one hour only',
    text: 'It does so when it believes that this app has a lasting login already. Uploads would soon stop, so nothing was saved.',
    next: 'Remove the app at myaccount.google.com/connections, then connect again.',
  },
  DuplicateEmail: {
    title: 'This Google account is connected already',
    text: 'Another storage of yours uses it, and one account can be one storage only.',
    next: 'Use the storage that is there, or connect again and choose another account at Google.',
  },
  DriveApiDisabled: {
    title: 'The Drive API is switched off',
    text: 'The login worked, but the Google Cloud project of these credentials may not use Google Drive yet.',
    next: 'Enable the Google Drive API in that project, wait a minute, and connect again.',
  },
  DomainPolicy: {
    title: 'The administrator of this account forbids it',
    text: 'The account belongs to an organisation that does not let this app use Google Drive.',
    next: 'Ask the administrator to allow it, or connect another account.',
  },
  ProfileNotFound: {
    title: 'The storage is gone',
    text: 'It was disconnected while the login was under way.',
    next: 'Connect it anew.',
  },
  CredentialNotFound: {
    title: 'The credentials are gone',
    text: 'They were deleted while the login was under way.',
    next: 'Save them again, then connect.',
  },
  UserNotFound: {
    title: 'Your account here is gone',
    text: 'The login was started by somebody who no longer exists on this server.',
    next: 'Sign in to TorrentClou again, then connect.',
  },
  InvalidResponse: {
    title: 'Google’s answer could not be read',
    text: 'The login worked, but what Google sent after it was incomplete. Nothing was saved.',
    next: 'Try again in a minute.',
  },
  AccountUnknown: {
    title: 'Google did not say which account this is',
    text: 'The login worked, but the account could not be read after it. Nothing was saved.',
    next: 'Try again in a minute.',
  },
  INVALID_REQUEST: {
    title: 'The way back from Google was incomplete',
    text: 'The address had no code in it; a proxy in front of this server may cut it.',
    next: 'Connect again.',
  },
}

/** Anybody can write an address, so its text is shown only where we have no words, short, and marked as not ours. */
export function outcomeWords({ code, message }: { code: string; message: string }): Words {
  const known = Object.hasOwn(table, code) ? table[code] : undefined
  if (!known) {
    return {
      title: 'Google Drive could not be connected',
      text: message ? `The server said: “${message.slice(0, 200)}”` : `The server gave the reason ${code.slice(0, 40)}.`,
      next: 'Try again; if it stays, the server’s log has the reason.',
    }
  }
  const account = code === 'DuplicateEmail' ? /\(([^\s()]{1,100}@[^\s()]{1,100})\)/.exec(message)?.[1] : undefined
  return account ? { ...known, title: `${account} is connected already` } : known
}
