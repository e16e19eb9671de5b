const MIN = 12
const MAX = 1024

export type PasswordRule = { words: string; met: boolean }

/** The server's rules in words, each with whether it is met; one row per rule. */
export function passwordRules(next: string, current: string, email: string): readonly PasswordRule[] {
  const length = [...next].length
  return [
    { words: length > MAX ? `At most ${MAX} characters` : `At least ${MIN} characters`, met: length >= MIN && length <= MAX },
    { words: 'Not your e-mail address', met: next !== '' && next.toLowerCase() !== email.toLowerCase() },
    { words: 'Not the current password', met: next !== '' && next !== current },
  ]
}
