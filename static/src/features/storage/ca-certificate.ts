/** The server takes no more than this. */
const MAX_BYTES = 64 * 1024

/** What can be said about a pasted certificate without parsing it; null when it may be sent. */
export function certificateError(pem: string): string | null {
  const text = pem.trim()
  if (!text) return null
  if (text.includes('PRIVATE KEY-----')) return 'This holds a private key. Paste only the certificate; the key must stay where it is.'
  if (!/^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----$/.test(text)) {
    return 'This is no PEM certificate. It begins with -----BEGIN CERTIFICATE----- and ends with -----END CERTIFICATE-----.'
  }
  return new Blob([text]).size > MAX_BYTES ? 'This is longer than 64 KiB. Paste only the certificate that signed the server’s.' : null
}
