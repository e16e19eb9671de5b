const CALLBACK = '/proxy/api/storage/gdrive/callback'

/** Where Google sends people back to; it must stand at Google letter by letter. */
export function redirectUri(): string {
  return window.location.origin + CALLBACK
}

/** Why Google would not take this address, in words; null when it would. */
export function addressProblem(uri: string): string | null {
  if (!URL.canParse(uri)) return 'This is no address.'
  const { protocol, hostname } = new URL(uri)
  const local = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
  if (local) return null
  if (protocol !== 'https:') return 'Google takes http:// only for localhost. Open TorrentClou by https://, or on the server itself as http://localhost.'
  if (/^[\d.]+$|^\[/.test(hostname)) return 'Google takes no bare IP address. Open TorrentClou by a host name.'
  if (/\.(local|lan|internal|home|test)$/.test(hostname) || !hostname.includes('.')) {
    return 'Google takes only names with a public ending, such as .org. Open TorrentClou by such a name, or as http://localhost.'
  }
  return null
}
