import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import { outcomeWords } from '@/features/storage/google/outcome'
import { leave } from '@/lib/leave'
import { allowPopup, comeBack } from '@/testing/consent'
import { contract } from '@/testing/contract'
import { address, renderApp } from '@/testing/render'
import { problem, server } from '@/testing/server'

const consentUrl = contract<{ authorizationUrl: string }>('gdrive-connect').authorizationUrl
const sent: unknown[] = []
let open: MockInstance<typeof window.open>

vi.mock('@/lib/leave', () => ({ leave: vi.fn() }))

beforeEach(() => {
  sent.length = 0
  vi.mocked(leave).mockClear()
  open = vi.spyOn(window, 'open').mockReturnValue(null)
  server.use(
    http.post('/api/storage/gdrive/connect', async ({ request }) => {
      sent.push(await request.json())
      return HttpResponse.json(contract('gdrive-connect'))
    }),
  )
})

type User = ReturnType<typeof renderApp>['user']

async function connect(user: User) {
  await user.type(await screen.findByLabelText('Name'), 'Work Drive')
  await user.click(screen.getByRole('button', { name: 'Connect with Google' }))
}

describe('connecting Google Drive', () => {
  it('happens in a popup, and the page goes on when it comes back', async () => {
    const popup = allowPopup()
    const { user } = renderApp('/storage/google-drive')
    await connect(user)
    expect(await screen.findByRole('status', { name: 'Login at Google' })).toBeVisible()
    expect(sent).toEqual([contract('gdrive-connect-request')])
    expect(popup.location.href).toBe(consentUrl)
    expect(await comeBack({ ok: true, profileId: 3 })).toBe(true)
    expect(await screen.findByText('Google Drive is connected.')).toBeVisible()
    await waitFor(() => expect(address()).toBe('/storage/3'))
  })

  it('opens the popup in the click itself, before the server has answered', async () => {
    allowPopup()
    let opened = false
    server.use(
      http.post('/api/storage/gdrive/connect', () => {
        opened = open.mock.calls.length === 1
        return HttpResponse.json(contract('gdrive-connect'))
      }),
    )
    const { user } = renderApp('/storage/google-drive')
    await connect(user)
    await screen.findByRole('status', { name: 'Login at Google' })
    expect(opened).toBe(true)
  })

  it('takes the whole window where popups are blocked', async () => {
    const { user } = renderApp('/storage/google-drive')
    await connect(user)
    await waitFor(() => expect(leave).toHaveBeenCalledExactlyOnceWith(consentUrl))
    expect(open).toHaveBeenCalled()
  })

  it('takes the whole window on a phone', async () => {
    vi.spyOn(window, 'matchMedia').mockImplementation((media) => ({ matches: false, media }) as MediaQueryList)
    const { user } = renderApp('/storage/google-drive')
    await connect(user)
    await waitFor(() => expect(leave).toHaveBeenCalledExactlyOnceWith(consentUrl))
    expect(open).not.toHaveBeenCalled()
  })

  it('may go on in this window when the popup was lost', async () => {
    const popup = allowPopup()
    const { user } = renderApp('/storage/google-drive')
    await connect(user)
    await user.click(await screen.findByRole('button', { name: 'Continue in this window instead' }))
    expect(popup.closed).toBe(true)
    expect(leave).toHaveBeenCalledExactlyOnceWith(consentUrl)
  })

  it('closes the popup when the server refuses to begin', async () => {
    const popup = allowPopup()
    server.use(http.post('/api/storage/gdrive/connect', () => problem(404, 'CredentialNotFound', 'OAuth credential not found')))
    const { user } = renderApp('/storage/google-drive')
    await connect(user)
    expect(await screen.findByRole('alert')).toHaveTextContent('OAuth credential not found')
    expect(popup.closed).toBe(true)
  })

  it.each([
    ['AccessDenied', 'Access was not granted'],
    ['InvalidState', 'no longer valid'],
    ['TokenExchangeFailed', 'did not accept the credentials'],
    ['NoRefreshToken', 'one hour only'],
    ['DuplicateEmail', 'ada@example.org is connected already'],
    ['SomethingNew', 'The server said: “This Google account (ada@example.org)'],
  ])('says what %s means and lets one try again', async (code, words) => {
    allowPopup()
    const { user } = renderApp('/storage/google-drive')
    await connect(user)
    await screen.findByRole('status', { name: 'Login at Google' })
    await comeBack({ ok: false, code, message: 'This Google account (ada@example.org) is already connected to another profile.' })
    expect(await screen.findByRole('alert', { name: 'The login at Google failed' })).toHaveTextContent(words)
    expect(screen.getByRole('button', { name: 'Connect with Google' })).toBeEnabled()
  })
})

describe('the window that Google sends back', () => {
  it('hands its outcome to the page that waits, and can be closed', async () => {
    const close = vi.spyOn(window, 'close').mockImplementation(() => undefined)
    const taken: unknown[] = []
    const channel = new BroadcastChannel('google-consent')
    channel.onmessage = ({ data }: MessageEvent<{ type: string }>) => {
      if (data.type !== 'outcome') return
      taken.push(data)
      channel.postMessage({ type: 'taken' })
    }
    renderApp('/storage?success=true&profileId=3')
    expect(await screen.findByText('Back from Google')).toBeVisible()
    channel.close()
    expect(taken).toEqual([{ type: 'outcome', outcome: { ok: true, profileId: 3 } }])
    expect(close).toHaveBeenCalled()
  })

  it('goes to the new storage itself when nobody waits', async () => {
    renderApp('/storage?success=true&profileId=3')
    expect(await screen.findByText('Work Drive is connected.')).toBeVisible()
    expect(address()).toBe('/storage/3')
  })

  it('believes no address about a storage that is not there', async () => {
    server.use(http.get('/api/storage/profiles/:id', () => problem(404, 'ProfileNotFound', 'Storage profile not found')))
    renderApp('/storage?success=true&profileId=99')
    await waitFor(() => expect(address()).toBe('/storage'))
    expect(screen.queryByText(/is connected/)).not.toBeInTheDocument()
  })

  it('tells a failure above the list, until it is dismissed', async () => {
    const { user } = renderApp('/storage?error=AccessDenied&message=x')
    const alert = await screen.findByRole('alert', { name: 'The login at Google failed' })
    expect(alert).toHaveTextContent('Access was not granted')
    expect(within(alert).getByRole('link', { name: 'Connect again' })).toHaveAttribute('href', '/storage/google-drive')
    expect(await screen.findAllByTestId('profile-card')).toHaveLength(2)
    await user.click(within(alert).getByRole('button', { name: 'Dismiss' }))
    await waitFor(() => expect(address()).toBe('/storage'))
    expect(screen.queryByRole('alert')).not.toBeInTheDocument()
  })

  it('shortens and marks what an address claims the server said', () => {
    expect(outcomeWords({ code: 'Weird', message: 'x'.repeat(900) }).text).toHaveLength(200 + 'The server said: “”'.length)
  })
})

describe('a storage that needs a new login', () => {
  it('is one press away from it, in the list', async () => {
    const popup = allowPopup()
    const asked: unknown[] = []
    server.use(
      http.post('/api/storage/gdrive/:id/reauthenticate', ({ params }) => {
        asked.push(params.id)
        return HttpResponse.json(contract('gdrive-connect'))
      }),
    )
    const { user } = renderApp('/storage')
    await user.click(await screen.findByRole('button', { name: 'Log in again' }))
    await screen.findByRole('status', { name: 'Login at Google' })
    expect(popup.location.href).toBe(consentUrl)
    expect(asked).toEqual(['3'])
    server.use(http.get('/api/storage/profiles', () => HttpResponse.json(contract<object[]>('profiles').map((profile) => ({ ...profile, needsReauth: false })))))
    await comeBack({ ok: true, profileId: 3 })
    expect(await screen.findByText('Work Drive is connected again.')).toBeVisible()
    await waitFor(() => expect(screen.queryByText('Needs a new login')).not.toBeInTheDocument())
  })

  it('says on its page that its credentials are gone', async () => {
    allowPopup()
    server.use(http.post('/api/storage/gdrive/:id/reauthenticate', () => problem(400, 'MissingCredentials', 'Profile has no linked OAuth credentials.')))
    const { user } = renderApp('/storage/3')
    await user.click(await screen.findByRole('button', { name: 'Log in again' }))
    expect(await screen.findByText('Profile has no linked OAuth credentials.')).toBeVisible()
  })
})
