import { useMutation, useQueryClient } from '@tanstack/react-query'
import { authKeys } from '@/features/auth/api/keys'
import { sessionQuery } from '@/features/auth/api/session'
import { loginSchema, type Session } from '@/features/auth/model'
import { request, setCsrfToken } from '@/lib/api-client'

export type PasswordChange = { currentPassword: string; newPassword: string }

/** The server answers with a fresh session for this browser and ends every other. */
async function changePassword(change: PasswordChange): Promise<Session> {
  const { user, csrfToken, expiresAt } = await request('/api/auth/password', { method: 'POST', body: change, schema: loginSchema })
  setCsrfToken(csrfToken)
  return { ...user, csrfToken, expiresAt }
}

export function useChangePassword() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: changePassword,
    onSuccess: (session) => {
      client.setQueryData(sessionQuery.queryKey, session)
      return client.invalidateQueries({ queryKey: authKeys.sessions })
    },
  })
}
