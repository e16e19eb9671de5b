import { useMutation, useQueryClient } from '@tanstack/react-query'
import { sessionQuery } from '@/features/auth/api/session'
import { loginSchema, type Session } from '@/features/auth/model'
import { request, setCsrfToken } from '@/lib/api-client'

export type Credentials = { email: string; password: string }

export async function login(credentials: Credentials): Promise<Session> {
  const { user, csrfToken, expiresAt } = await request('/api/auth/login', {
    method: 'POST',
    body: credentials,
    schema: loginSchema,
    anonymous: true,
  })
  setCsrfToken(csrfToken)
  return { ...user, csrfToken, expiresAt }
}

export function useLogin() {
  const client = useQueryClient()
  return useMutation({ mutationFn: login, onSuccess: (session) => client.setQueryData(sessionQuery.queryKey, session) })
}
