import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import { contract } from '@/testing/contract'
import { FakeEventSource } from '@/testing/fake-event-source'
import { address, renderApp } from '@/testing/render'
import { problem, server } from '@/testing/server'

const ready = () => screen.findByRole('heading', { name: 'Jobs' })

describe('the session', () => {
  it('that ends anywhere leads to the login and back', async () => {
    server.use(http.get('/api/storage/profiles', () => problem(401, 'Unauthorized', 'Sign in.')))
    renderApp('/storage')
    expect(await screen.findByRole('button', { name: 'Sign in' })).toBeVisible()
    expect(address()).toBe('/login?next=%2Fstorage')
  })

  it('is not taken for ended while the server is away', async () => {
    server.use(http.get('/api/auth/me', () => HttpResponse.error()))
    const { user } = renderApp('/jobs')
    expect(await screen.findByText('The server cannot be reached')).toBeVisible()
    server.use(http.get('/api/auth/me', () => HttpResponse.json(contract('me'))))
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await ready()).toBeVisible()
  })

  it('fetches a new CSRF token when another tab has signed in again', async () => {
    const tokens: (string | null)[] = []
    server.use(
      http.post('/api/storage/profiles/:id/set-default', ({ request }) => {
        const token = request.headers.get('X-CSRF-Token')
        tokens.push(token)
        return token === 'new' ? new HttpResponse(null, { status: 200 }) : problem(403, 'CsrfFailed', 'The token does not match.')
      }),
    )
    const { user } = renderApp('/storage')
    await user.click(await screen.findByRole('button', { name: 'Actions for Work Drive' }))
    server.use(http.get('/api/auth/me', () => HttpResponse.json({ ...contract<object>('me'), csrfToken: 'new' })))
    await user.click(await screen.findByRole('menuitem', { name: 'Make it the default' }))
    expect(await screen.findByText('Work Drive is the default now.')).toBeVisible()
    expect(tokens).toEqual(['0b5c1f0d2a1e4a57b6c8d9e0f1a2b3c4', 'new'])
  })

  it('ends on demand, with everything that was read in it', async () => {
    server.use(http.post('/api/auth/logout', () => new HttpResponse(null, { status: 204 })))
    const { user, client } = renderApp('/jobs')
    await ready()
    const stream = FakeEventSource.last
    await user.click(screen.getByRole('button', { name: 'Account' }))
    await user.click(await screen.findByRole('menuitem', { name: 'Log out' }))
    expect(await screen.findByRole('button', { name: 'Sign in' })).toBeVisible()
    expect(client.getQueryCache().findAll({ queryKey: ['jobs'] })).toEqual([])
    expect(stream.readyState).toBe(FakeEventSource.CLOSED)
  })
})

describe('the shell', () => {
  it('goes places by keyboard, but not while typing', async () => {
    const { user } = renderApp('/jobs')
    await ready()
    await user.keyboard('gs')
    expect(address()).toBe('/storage')
    await user.keyboard('n')
    expect(address()).toBe('/new')
    await user.keyboard('gj')
    expect(address()).toBe('/jobs')
    await user.keyboard('/')
    expect(screen.getByRole('searchbox', { name: 'Search jobs' })).toHaveFocus()
    await user.keyboard('n?')
    expect(screen.getByRole('searchbox', { name: 'Search jobs' })).toHaveValue('n?')
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument()
  })

  it('shows its shortcuts and gives the focus back', async () => {
    const { user } = renderApp('/jobs')
    await ready()
    const link = screen.getAllByRole('link', { name: 'Storage' })[0]!
    link.focus()
    await user.keyboard('?')
    const sheet = await screen.findByRole('dialog', { name: 'Keyboard shortcuts' })
    await user.click(within(sheet).getByRole('button', { name: 'Close' }))
    expect(link).toHaveFocus()
  })

  it('moves focus and title with the page', async () => {
    const { user } = renderApp('/jobs')
    await ready()
    await user.click(screen.getByRole('link', { name: 'Storage' }))
    await screen.findByRole('heading', { name: 'Storage' })
    expect(document.title).toBe('Storage · TorrentClou')
    expect(screen.getByRole('main')).toHaveFocus()
  })

  it('remembers the theme that was chosen', async () => {
    const { user } = renderApp('/jobs')
    await ready()
    await user.click(screen.getByRole('button', { name: 'Account' }))
    await user.click(await screen.findByRole('menuitemradio', { name: 'Dark theme' }))
    expect(document.documentElement.dataset.theme).toBe('dark')
    expect(localStorage.getItem('theme')).toBe('dark')
    await user.click(screen.getByRole('menuitemradio', { name: 'Theme of the system' }))
    expect(document.documentElement.dataset.theme).toBeUndefined()
  })

  it('tells health in words, a 503 with its report included', async () => {
    server.use(
      http.get('/api/health/ready', () => HttpResponse.json({ ...contract<object>('health-ready'), isHealthy: false, redis: 'timeout' }, { status: 503 })),
    )
    renderApp('/jobs')
    expect(await screen.findByRole('status', { name: /Partly down. Database 3 ms, Redis timeout/ })).toBeVisible()
  })

  it('hides what is not built yet', async () => {
    renderApp('/jobs')
    await ready()
    const links = within(screen.getByRole('navigation', { name: 'Main' })).getAllByRole('link')
    await waitFor(() => expect(links.map((link) => link.textContent)).toEqual(['Jobs', 'New', 'Storage']))
  })
})
