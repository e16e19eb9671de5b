import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import { deviceWords } from '@/features/auth/device-words'
import type { OpenSession } from '@/features/auth/model'
import { contract } from '@/testing/contract'
import { address, renderApp } from '@/testing/render'
import { problem, server } from '@/testing/server'

type User = ReturnType<typeof renderApp>['user']
const change = contract<{ currentPassword: string; newPassword: string }>('password-request')

async function typePasswords(user: User, next = change.newPassword) {
  await user.type(await screen.findByLabelText('Current password'), change.currentPassword)
  await user.type(screen.getByLabelText('New password'), next)
  await user.click(screen.getByRole('button', { name: 'Change password' }))
}

describe('the password', () => {
  it('is changed, and says what that did to other sessions', async () => {
    const sent: unknown[] = []
    const tokens: (string | null)[] = []
    server.use(
      http.post('/api/auth/password', async ({ request }) => {
        sent.push(await request.json())
        return HttpResponse.json({ ...contract<object>('login'), csrfToken: 'fresh' })
      }),
      http.delete('/api/auth/sessions/:id', ({ request }) => {
        tokens.push(request.headers.get('X-CSRF-Token'))
        return new HttpResponse(null, { status: 204 })
      }),
    )
    const { user } = renderApp('/account')
    await typePasswords(user)
    expect(await screen.findByText(/All other sessions were ended/)).toBeVisible()
    expect(sent).toEqual([change])
    expect(screen.getByLabelText('Current password')).toHaveValue('')
    await user.click((await screen.findAllByRole('button', { name: /^End the session/ }))[0]!)
    await waitFor(() => expect(tokens).toEqual(['fresh']))
  })

  it('follows rules that are told in words, before the server is asked', async () => {
    const { user } = renderApp('/account')
    await user.type(await screen.findByLabelText('New password'), 'ADA@example.org')
    const marks = within(screen.getByRole('list', { name: 'Rules' })).getAllByLabelText(/met:$/)
    expect(marks.map((mark) => mark.getAttribute('aria-label'))).toEqual(['met:', 'not met:', 'met:'])
    await user.click(screen.getByRole('button', { name: 'Change password' }))
    expect(screen.getByLabelText('New password')).toBeInvalid()
    expect(screen.getByLabelText('Current password')).toHaveAccessibleDescription('Enter your current password.')
  })

  it.each([
    [422, 'WrongPassword', 'The current password is not right.', 'Current password', /not your current password/],
    [422, 'WeakPassword', 'Use 12 to 1024 characters.', 'New password', /Use 12 to 1024 characters/],
  ])('%i %s stands at its input', async (status, code, message, label, words) => {
    server.use(http.post('/api/auth/password', () => problem(status, code, message)))
    const { user } = renderApp('/account')
    await typePasswords(user)
    await waitFor(() => expect(screen.getByLabelText(label)).toHaveAccessibleDescription(words))
    expect(screen.getByLabelText(label)).toHaveFocus()
  })

  it('says how long to wait after too many tries', async () => {
    server.use(http.post('/api/auth/password', () => problem(429, 'TooManyRequests', 'Slow down.', {}, { 'Retry-After': '90' })))
    const { user } = renderApp('/account')
    await typePasswords(user)
    expect(await screen.findByRole('alert')).toHaveTextContent(/try again in 1\sm 30\ss/)
  })
})

describe('the sessions', () => {
  it('say device, address and time, and which one this is', async () => {
    renderApp('/account')
    const [own, phone, token] = await screen.findAllByTestId('session-row')
    expect(own).toHaveTextContent('Firefox on LinuxThis session192.0.2.10')
    expect(within(own!).queryByRole('button')).not.toBeInTheDocument()
    expect(phone).toHaveTextContent('Safari on iPhone2001:db8::7')
    expect(token).toHaveTextContent('curlToken of a login')
  })

  it('are ended one by one', async () => {
    const ended: unknown[] = []
    server.use(
      http.delete('/api/auth/sessions/:id', ({ params }) => {
        ended.push(params.id)
        return new HttpResponse(null, { status: 204 })
      }),
    )
    const { user } = renderApp('/account')
    const button = await screen.findByRole('button', { name: 'End the session of Safari on iPhone' })
    server.use(http.get('/api/auth/sessions', () => HttpResponse.json(contract<OpenSession[]>('sessions').filter(({ id }) => id !== 9))))
    await user.click(button)
    await waitFor(() => expect(screen.getAllByTestId('session-row')).toHaveLength(2))
    expect(ended).toEqual(['9'])
  })

  it('that are gone already are no failure', async () => {
    server.use(http.delete('/api/auth/sessions/:id', () => problem(404, 'SessionNotFound', 'Session not found.')))
    const { user } = renderApp('/account')
    const button = await screen.findByRole('button', { name: 'End the session of curl' })
    server.use(http.get('/api/auth/sessions', () => HttpResponse.json(contract<OpenSession[]>('sessions').filter(({ current }) => current))))
    await user.click(button)
    expect(await screen.findByText('You are signed in nowhere else.')).toBeVisible()
    expect(screen.queryByText('Session not found.')).not.toBeInTheDocument()
  })

  it('are ended all at once after a question', async () => {
    server.use(http.post('/api/auth/sessions/revoke-others', () => HttpResponse.json(contract('sessions-revoked'))))
    const { user } = renderApp('/account')
    await user.click(await screen.findByRole('button', { name: 'End all others' }))
    await user.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'End all others' }))
    expect(await screen.findByText(/2\sother sessions ended/)).toBeVisible()
    expect(screen.queryByRole('alertdialog')).not.toBeInTheDocument()
  })

  it('that cannot be read say so, and the rest of the page works', async () => {
    server.use(http.get('/api/auth/sessions', () => problem(403, 'Forbidden', 'No.')))
    renderApp('/account')
    expect(await screen.findByText('The sessions could not be loaded')).toBeVisible()
    expect(await screen.findAllByTestId('api-key-row')).toHaveLength(2)
  })

  it.each([
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0', 'Edge on Windows'],
    ['Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36', 'Chrome on Android'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15', 'Safari on Mac'],
    ['Python-urllib/3.13', 'Python-urllib'],
    ['', 'An unknown program'],
  ])('%s is %s', (userAgent, words) => expect(deviceWords(userAgent)).toBe(words))
})

describe('API keys', () => {
  it('are listed with what they may do', async () => {
    renderApp('/account')
    const [first, second] = await screen.findAllByTestId('api-key-row')
    expect(first).toHaveTextContent(/Nightly scriptReadJobstc_9fKq2w….*never used/)
    expect(second).toHaveTextContent('does not expire')
  })

  it('that have expired say so', async () => {
    server.use(http.get('/api/auth/api-keys', () => HttpResponse.json([{ ...contract<object[]>('api-keys')[0], expiresAt: '2020-01-01T00:00:00Z' }])))
    renderApp('/account')
    expect(await screen.findByTestId('api-key-row')).toHaveTextContent('expired')
  })

  it('are created, shown once, and gone after that', async () => {
    const sent: unknown[] = []
    server.use(
      http.get('/api/auth/api-keys', () => HttpResponse.json([])),
      http.post('/api/auth/api-keys', async ({ request }) => {
        sent.push(await request.json())
        return HttpResponse.json(contract('api-key-created'))
      }),
    )
    const { user } = renderApp('/account')
    await user.click(await screen.findByRole('button', { name: 'New key' }))
    const dialog = screen.getByRole('dialog')
    await user.click(within(dialog).getByRole('button', { name: 'Create key' }))
    expect(within(dialog).getByLabelText('Name')).toBeInvalid()
    await user.type(within(dialog).getByLabelText('Name'), 'Nightly script')
    await user.click(within(dialog).getByLabelText('Jobs'))
    server.use(http.get('/api/auth/api-keys', () => HttpResponse.json(contract('api-keys'))))
    await user.click(within(dialog).getByRole('button', { name: 'Create key' }))
    const box = await screen.findByRole('region', { name: 'The new key' })
    const { key } = contract<{ key: string }>('api-key-created')
    expect(box).toHaveFocus()
    expect(within(box).getByTestId('new-api-key')).toHaveTextContent(key)
    expect(box).toHaveTextContent(`curl -H "Authorization: Bearer ${key}" http://localhost:3000/api/jobs`)
    expect(sent).toEqual([contract('api-key-request')])
    await user.click(within(box).getByRole('button', { name: 'I have copied it' }))
    expect(screen.queryByText(key)).not.toBeInTheDocument()
    expect(await screen.findAllByTestId('api-key-row')).toHaveLength(2)
  })

  it('need at least one scope', async () => {
    const { user } = renderApp('/account')
    await user.click(await screen.findByRole('button', { name: 'New key' }))
    const dialog = screen.getByRole('dialog')
    await user.type(within(dialog).getByLabelText('Name'), 'x')
    await user.click(within(dialog).getByLabelText('Read'))
    await user.click(within(dialog).getByRole('button', { name: 'Create key' }))
    expect(within(dialog).getByRole('alert')).toHaveTextContent('Choose at least one.')
  })

  it.each([
    [422, 'InvalidApiKeyName', 'The name is too long.', 'The name is too long.'],
    [409, 'TooManyApiKeys', 'Too many.', 'You have 50 keys'],
  ])('refused by %i %s say why', async (status, code, message, words) => {
    server.use(http.post('/api/auth/api-keys', () => problem(status, code, message)))
    const { user } = renderApp('/account')
    await user.click(await screen.findByRole('button', { name: 'New key' }))
    const dialog = screen.getByRole('dialog')
    await user.type(within(dialog).getByLabelText('Name'), 'x')
    await user.click(within(dialog).getByRole('button', { name: 'Create key' }))
    expect(await within(dialog).findByText(new RegExp(words))).toBeVisible()
  })

  it('are revoked after a question', async () => {
    const revoked: unknown[] = []
    server.use(
      http.delete('/api/auth/api-keys/:id', ({ params }) => {
        revoked.push(params.id)
        return new HttpResponse(null, { status: 204 })
      }),
    )
    const { user } = renderApp('/account')
    const button = await screen.findByRole('button', { name: 'Revoke Dashboard' })
    server.use(http.get('/api/auth/api-keys', () => HttpResponse.json([])))
    await user.click(button)
    await user.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Revoke' }))
    expect(await screen.findByText('There is no API key')).toBeVisible()
    expect(revoked).toEqual(['3'])
  })
})

describe('the way there', () => {
  it('is the account menu, and the keyboard', async () => {
    const { user } = renderApp('/jobs')
    await screen.findByRole('heading', { name: 'Jobs' })
    await user.click(screen.getByRole('button', { name: 'Account' }))
    await user.click(await screen.findByRole('menuitem', { name: 'Account and API keys' }))
    expect(await screen.findByRole('heading', { level: 1, name: 'Account' })).toBeVisible()
    expect(address()).toBe('/account')
    await user.keyboard('gjga')
    expect(address()).toBe('/account')
  })
})
