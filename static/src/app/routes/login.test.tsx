import { screen, waitFor } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'
import { safeNext } from '@/config/paths'
import { contract } from '@/testing/contract'
import { address, renderApp } from '@/testing/render'
import { problem, server } from '@/testing/server'

const nobody = () => problem(401, 'Unauthorized', 'Sign in.')

async function signIn(user: ReturnType<typeof renderApp>['user'], password = 'secret') {
  await user.type(await screen.findByLabelText('E-mail'), 'ada@example.org')
  await user.type(screen.getByLabelText('Password'), password)
  await user.click(screen.getByRole('button', { name: 'Sign in' }))
}

describe('login', () => {
  beforeEach(() => server.use(http.get('/api/auth/me', nobody)))

  it('leads a stranger to the login and back to where they wanted to go', async () => {
    const sent: unknown[] = []
    server.use(
      http.post('/api/auth/login', async ({ request }) => {
        sent.push(await request.json())
        return HttpResponse.json(contract('login'))
      }),
    )
    const { user } = renderApp('/jobs?status=UPLOADING')
    await signIn(user)
    expect(await screen.findByRole('heading', { name: 'Jobs' })).toBeVisible()
    expect(address()).toBe('/jobs?status=UPLOADING')
    expect(sent).toEqual([{ email: 'ada@example.org', password: 'secret' }])
  })

  it('says that the password is wrong, and selects it for another try', async () => {
    server.use(http.post('/api/auth/login', () => problem(401, 'InvalidCredentials', 'Invalid email or password')))
    const { user } = renderApp('/login')
    await signIn(user)
    expect(await screen.findByRole('alert')).toHaveTextContent('do not match')
    await waitFor(() => expect(screen.getByLabelText('Password')).toHaveFocus())
  })

  it('says how long to wait after too many tries, and waits', async () => {
    server.use(http.post('/api/auth/login', () => problem(429, 'TooManyRequests', 'Slow down.', {}, { 'Retry-After': '90' })))
    const { user } = renderApp('/login')
    await signIn(user)
    expect(await screen.findByRole('alert')).toHaveTextContent(/try again in 1\sm 30\ss|try again in 1\sm 29\ss/)
    expect(screen.getByRole('button', { name: 'Sign in' })).toBeDisabled()
  })

  it('does not call a dead server a wrong password', async () => {
    server.use(http.post('/api/auth/login', () => HttpResponse.error()))
    const { user } = renderApp('/login')
    await signIn(user)
    expect(await screen.findByRole('alert')).toHaveTextContent('Your password was not checked')
  })

  it('names what nginx says while the API is away', async () => {
    server.use(http.post('/api/auth/login', () => new HttpResponse('<html>Bad Gateway</html>', { status: 502 })))
    const { user } = renderApp('/login')
    await signIn(user)
    expect(await screen.findByRole('alert')).toHaveTextContent('The server cannot check logins now')
  })

  it('asks for both fields before it asks the server', async () => {
    const { user } = renderApp('/login')
    await user.click(await screen.findByRole('button', { name: 'Sign in' }))
    expect(screen.getByLabelText('E-mail')).toHaveAccessibleDescription('Enter your e-mail address.')
    expect(screen.getByLabelText('Password')).toBeInvalid()
  })

  it.each(['https://evil.example', '//evil.example', '/\\evil.example', '/login', 'jobs'])('goes to the jobs and not to %s', (next) => {
    expect(safeNext(next)).toBe('/jobs')
  })
})
