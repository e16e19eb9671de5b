/** The mock's sessions and API keys. The present password is whatever is not "wrong". */
export function accountRoutes({ contract, moveDates, mode, ok, problem, now }) {
  let sessions = moveDates(contract('sessions'))
  let keys = mode === 'empty' ? [] : moveDates(contract('api-keys'))
  if (mode === 'empty') sessions = sessions.filter(({ current }) => current)
  return [
    ['GET', /^\/api\/auth\/sessions$/, () => ok(sessions)],
    ['POST', /^\/api\/auth\/sessions\/revoke-others$/, () => {
      const revoked = sessions.filter(({ current }) => !current).length
      sessions = sessions.filter(({ current }) => current)
      return ok({ revoked })
    }],
    ['DELETE', /^\/api\/auth\/sessions\/(\d+)$/, ({ id }) => {
      if (!sessions.some((session) => session.id === id)) return problem(404, 'SessionNotFound', 'Session not found.')
      sessions = sessions.filter((session) => session.id !== id)
      return ok(null, 204)
    }],
    ['POST', /^\/api\/auth\/password$/, ({ json }) => {
      if (json.currentPassword === 'wrong') return problem(422, 'WrongPassword', 'The current password is not right.')
      if (json.currentPassword === 'slow') return problem(429, 'TooManyRequests', 'Too many tries.', { 'Retry-After': '42' })
      sessions = sessions.filter(({ current }) => current)
      return ok(contract('login'))
    }],
    ['GET', /^\/api\/auth\/api-keys$/, () => ok(keys)],
    ['POST', /^\/api\/auth\/api-keys$/, ({ json }) => {
      const id = Math.max(0, ...keys.map((key) => key.id)) + 1
      const expiresAt = json.expiresInDays === null ? null : new Date(Date.now() + json.expiresInDays * 86_400_000).toISOString()
      const { key, ...shown } = { ...contract('api-key-created'), id, name: json.name, scopes: json.scopes, createdAt: now(), expiresAt }
      keys = [shown, ...keys]
      return ok({ ...shown, key })
    }],
    ['DELETE', /^\/api\/auth\/api-keys\/(\d+)$/, ({ id }) => {
      keys = keys.filter((key) => key.id !== id)
      return ok(null, 204)
    }],
  ]
}
