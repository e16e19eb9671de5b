import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'
import { readClientFile } from '@/features/storage/google/client-file'
import { addressProblem } from '@/features/storage/google/redirect-uri'
import type { Credential } from '@/features/storage/model'
import { contract } from '@/testing/contract'
import { renderApp } from '@/testing/render'
import { problem, server } from '@/testing/server'

const sent: unknown[] = []

beforeEach(() => {
  sent.length = 0
  server.use(
    http.post('/api/storage/gdrive/credentials', async ({ request }) => {
      sent.push(await request.json())
      return HttpResponse.json(contract('gdrive-credential-saved'))
    }),
  )
})

describe('the credentials', () => {
  it('begin with a guide, which knows the redirect URI', async () => {
    server.use(http.get('/api/storage/gdrive/credentials', () => HttpResponse.json([])))
    const { user } = renderApp('/storage/google-drive')
    expect(await screen.findByTestId('redirect-uri')).toHaveTextContent('http://localhost:3000/proxy/api/storage/gdrive/callback')
    expect(screen.getAllByRole('heading', { level: 3 }).map((heading) => heading.textContent)).toEqual([
      'Make a project',
      'Switch the Drive API on',
      'Say what your app is',
      'Make the client',
      'Bring the client here',
    ])
    const request = contract<Record<string, string>>('gdrive-credential-request')
    await user.click(screen.getByRole('button', { name: 'Save credentials' }))
    expect(screen.getByLabelText('Client ID')).toHaveFocus()
    await user.type(screen.getByLabelText('Client ID'), request.clientId!)
    await user.type(screen.getByLabelText('Client secret'), request.clientSecret!)
    await user.clear(screen.getByLabelText('Redirect URI'))
    await user.type(screen.getByLabelText('Redirect URI'), request.redirectUri!)
    await user.type(screen.getByLabelText('Name of the credentials'), request.name!)
    server.use(http.get('/api/storage/gdrive/credentials', () => HttpResponse.json(contract('gdrive-credentials'))))
    await user.click(screen.getByRole('button', { name: 'Save credentials' }))
    expect(await screen.findByRole('button', { name: 'Connect with Google' })).toBeVisible()
    expect(sent).toEqual([request])
  })

  it('may be read from the file that Google offers', async () => {
    const { user } = renderApp('/storage/google-drive')
    await user.click(await screen.findByRole('button', { name: 'Add' }))
    const client = { client_id: '1-a.apps.googleusercontent.com', client_secret: 'GOCSPX-x', redirect_uris: ['https://elsewhere.example/'] }
    await user.upload(screen.getByLabelText('Client file of Google'), new File([JSON.stringify({ web: client })], 'client_secret.json', { type: 'application/json' }))
    await waitFor(() => expect(screen.getByLabelText('Client ID')).toHaveValue('1-a.apps.googleusercontent.com'))
    expect(screen.getByLabelText('Client secret')).toHaveValue('GOCSPX-x')
    expect(screen.getByRole('alert')).toHaveTextContent('Google does not know the redirect URI')
  })

  it('with a malformed client ID are refused at the input, by the server too', async () => {
    server.use(http.post('/api/storage/gdrive/credentials', () => problem(422, 'InvalidClientId', 'Invalid Google Client ID format.')))
    const { user } = renderApp('/storage/google-drive')
    await user.click(await screen.findByRole('button', { name: 'Add' }))
    await user.type(screen.getByLabelText('Client ID'), 'mine')
    await user.type(screen.getByLabelText('Client secret'), 'x')
    await user.click(screen.getByRole('button', { name: 'Save credentials' }))
    expect(screen.getByLabelText('Client ID')).toHaveAccessibleDescription(/ends in .apps.googleusercontent.com/)
    await user.type(screen.getByLabelText('Client ID'), '.apps.googleusercontent.com')
    await user.click(screen.getByRole('button', { name: 'Save credentials' }))
    await waitFor(() => expect(screen.getByLabelText('Client ID')).toHaveAccessibleDescription('Invalid Google Client ID format.'))
  })

  it('are listed masked, and edited without showing the secret', async () => {
    const changes: unknown[] = []
    server.use(
      http.patch('/api/storage/gdrive/credentials/:id', async ({ request, params }) => {
        changes.push([params.id, await request.json()])
        return HttpResponse.json(contract<object[]>('gdrive-credentials')[0])
      }),
    )
    const { user } = renderApp('/storage/google-drive')
    expect((await screen.findAllByTestId('credential-row'))[0]).toHaveTextContent(contract<Credential[]>('gdrive-credentials')[0]!.clientIdMasked)
    await user.click(screen.getByRole('button', { name: 'Actions for Work project' }))
    await user.click(await screen.findByRole('menuitem', { name: 'Edit' }))
    const dialog = screen.getByRole('dialog')
    expect(within(dialog).getByLabelText('New client secret')).toHaveValue('')
    await user.type(within(dialog).getByLabelText('New client secret'), 'GOCSPX-new')
    await user.clear(within(dialog).getByLabelText('Name'))
    await user.type(within(dialog).getByLabelText('Name'), 'Home project')
    await user.click(within(dialog).getByRole('button', { name: 'Save' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument())
    expect(changes).toEqual([['5', { name: 'Home project', clientSecret: 'GOCSPX-new' }]])
  })

  it('that a storage uses are not deleted, and it says why', async () => {
    server.use(http.delete('/api/storage/gdrive/credentials/:id', () => problem(400, 'CredentialInUse', 'Cannot delete credentials while a connected profile uses them.')))
    const { user } = renderApp('/storage/google-drive')
    await user.click(await screen.findByRole('button', { name: 'Actions for Work project' }))
    await user.click(await screen.findByRole('menuitem', { name: 'Delete' }))
    const dialog = screen.getByRole('alertdialog')
    await user.click(within(dialog).getByRole('button', { name: 'Delete' }))
    expect(await within(dialog).findByRole('alert')).toHaveTextContent('Disconnect that storage first')
  })

  it('that cannot be read say so and can be read again', async () => {
    server.use(http.get('/api/storage/gdrive/credentials', () => problem(403, 'Forbidden', 'No.')))
    const { user } = renderApp('/storage/google-drive')
    expect(await screen.findByText('The credentials could not be loaded')).toBeVisible()
    server.use(http.get('/api/storage/gdrive/credentials', () => HttpResponse.json(contract('gdrive-credentials'))))
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findAllByTestId('credential-row')).toHaveLength(2)
  })
})

describe('what Google would refuse', () => {
  it.each([
    ['https://cloud.example.org/x', null],
    ['http://localhost:47100/x', null],
    ['http://cloud.example.org/x', /only for localhost/],
    ['https://192.168.1.4/x', /no bare IP/],
    ['https://nas.local/x', /public ending/],
    ['https://nas/x', /public ending/],
    ['nonsense', /no address/],
  ])('%s is told before', (uri, words) => (words ? expect(addressProblem(uri)).toMatch(words) : expect(addressProblem(uri)).toBeNull()))

  it.each([
    ['{"installed":{"client_id":"x"}}', /Desktop app/],
    ['{"type":"service_account"}', /no OAuth client/],
    ['<html>', /not the file/],
  ])('%s is no client file', (text, words) => expect(readClientFile(text)).toMatch(words))
})
