/** How a file was compared with what the destination stores; a newer server may know more ways. */
const words: Record<string, string> = {
  'etag-md5': 'MD5 compared with the destination',
  'etag-multipart': 'MD5 of all parts compared with the destination',
  'part-etags': 'MD5 of each part compared with the destination',
  'content-md5': 'MD5 checked by the destination on arrival',
  md5: 'MD5 compared with the destination',
  sha256: 'SHA-256 compared with the destination',
}

export function methodWords(method: string): string {
  return Object.hasOwn(words, method) ? (words[method] ?? method) : `Verified by ${method}`
}
