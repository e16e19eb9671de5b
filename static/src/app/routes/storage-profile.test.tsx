import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import { buildS3Profile } from '@/testing/builders'
import { contract } from '@/testing/contract'
import { address, renderApp } from '@/testing/render'
import { problem, server } from '@/testing/server'

const shows = (profile: object) => server.use(http.get('/api/storage/profiles/:id', () => HttpResponse.json(profile)))

function recordChanges() {
  const changes: Record<string, unknown>[] = []
  server.use(
    http.patch('/api/storage/profiles/2', async ({ request }) => {
      changes.push((await request.json()) as Record<string, unknown>)
      return HttpResponse.json(buildS3Profile({ profileName: 'Attic' }))
    }),
  )
  return changes
}

describe('the page of a storage', () => {
  it('shows provider, account, settings, default and the last check, and no secret', async () => {
    renderApp('/storage/2')
    expect(await screen.findByRole('heading', { level: 1, name: 'Backblaze' })).toBeVisible()
    const connection = screen.getByRole('region', { name: 'Connection' })
    for (const text of ['https://s3.us-west-004.backblazeb2.com', 'archive', 'us-west-004', '0042...f1c7', 'in the host name']) expect(connection).toHaveTextContent(text)
    expect(await within(connection).findByText('Backblaze B2')).toBeVisible()
    expect(screen.getByTestId('last-check')).toHaveTextContent('It worked')
    expect(screen.getByRole('switch', { name: 'Default destination' })).toBeChecked()
    expect(screen.getByRole('switch', { name: 'Default destination' })).toBeDisabled()
  })

  it('tells why the last check failed', async () => {
    shows(buildS3Profile({ checkOk: false, checkMessage: 'Put failed: no route to host.' }))
    renderApp('/storage/2')
    expect(await screen.findByTestId('last-check')).toHaveTextContent(/It failed.*Put failed: no route to host\./)
  })

  it('tests step by step', async () => {
    server.use(http.post('/api/storage/profiles/3/test', () => HttpResponse.json(contract('profile-test-gdrive'))))
    const { user } = renderApp('/storage/3')
    await user.click(await screen.findByRole('button', { name: 'Test now' }))
    const result = await screen.findByRole('status', { name: 'Test result' })
    expect(result).toHaveTextContent('Renew the access at Google118 ms')
    expect(within(result).getAllByLabelText('not tried')).toHaveLength(2)
  })

  it('says that a test could not be made', async () => {
    server.use(http.post('/api/storage/profiles/2/test', () => problem(503, 'Unavailable', 'The server is busy.')))
    const { user } = renderApp('/storage/2')
    await user.click(await screen.findByRole('button', { name: 'Test now' }))
    expect(await screen.findByRole('alert')).toHaveTextContent('The server is busy.')
  })

  it('renames', async () => {
    const changes = recordChanges()
    const { user } = renderApp('/storage/2')
    await user.click(await screen.findByRole('button', { name: 'Rename' }))
    const dialog = screen.getByRole('dialog')
    const name = within(dialog).getByLabelText('Name')
    await user.clear(name)
    await user.type(name, 'A/')
    await user.click(within(dialog).getByRole('button', { name: 'Rename' }))
    expect(name).toHaveAccessibleDescription('Use 3 to 50 characters.')
    await user.clear(name)
    await user.type(name, 'Attic')
    shows(buildS3Profile({ profileName: 'Attic' }))
    await user.click(within(dialog).getByRole('button', { name: 'Rename' }))
    expect(await screen.findByRole('heading', { level: 1, name: 'Attic' })).toBeVisible()
    expect(changes).toEqual([{ profileName: 'Attic' }])
  })

  it('sends only what was changed of the connection', async () => {
    const changes = recordChanges()
    const { user } = renderApp('/storage/2')
    await user.click(await screen.findByRole('button', { name: 'Edit' }))
    const request = contract<Record<string, string>>('profile-update-request')
    await user.clear(screen.getByLabelText('Endpoint'))
    await user.type(screen.getByLabelText('Endpoint'), request.s3Endpoint!)
    await user.clear(screen.getByLabelText('Region'))
    await user.type(screen.getByLabelText('Region'), request.s3Region!)
    await user.click(screen.getByRole('button', { name: 'Save' }))
    expect(await screen.findByText('The connection was changed.')).toBeVisible()
    expect(changes).toEqual([request])
  })

  it('asks for the secret that belongs to a new access key', async () => {
    const changes = recordChanges()
    const { user } = renderApp('/storage/2')
    await user.click(await screen.findByRole('button', { name: 'Edit' }))
    await user.type(screen.getByLabelText('Access key'), 'new')
    await user.click(screen.getByRole('button', { name: 'Save' }))
    expect(screen.getByLabelText('Secret key')).toHaveFocus()
    await user.type(screen.getByLabelText('Secret key'), 'secret')
    await user.click(screen.getByRole('button', { name: 'Save' }))
    await waitFor(() => expect(changes).toEqual([{ s3AccessKey: 'new', s3SecretKey: 'secret', skipTest: false }]))
  })

  it('takes its certificate away', async () => {
    shows(buildS3Profile({}, { hasCaCertificate: true }))
    const changes = recordChanges()
    const { user } = renderApp('/storage/2')
    await user.click(await screen.findByRole('button', { name: 'Edit' }))
    await user.click(screen.getByText('Replace or remove the CA certificate'))
    await user.click(screen.getByLabelText('Remove the current certificate'))
    await user.click(screen.getByRole('button', { name: 'Save' }))
    await waitFor(() => expect(changes).toEqual([{ s3CaCertificate: null, skipTest: false }]))
  })

  it('offers to save what cannot be reached now, and explains running jobs', async () => {
    const asked: unknown[] = []
    server.use(
      http.patch('/api/storage/profiles/2', async ({ request }) => {
        const { skipTest } = (await request.json()) as { skipTest: boolean }
        asked.push(skipTest)
        return skipTest ? problem(400, 'ProfileInUse', 'In use.') : problem(422, 'S3ConnectionFailed', 'Put failed: no such bucket.')
      }),
    )
    const { user } = renderApp('/storage/2')
    await user.click(await screen.findByRole('button', { name: 'Edit' }))
    await user.type(screen.getByLabelText('Bucket'), '2')
    await user.click(screen.getByRole('button', { name: 'Save' }))
    expect(await screen.findByText('Put failed: no such bucket.')).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Save without the test' }))
    expect(await screen.findByText(/Active jobs upload to this bucket/)).toBeVisible()
    expect(screen.queryByRole('button', { name: 'Save without the test' })).not.toBeInTheDocument()
    expect(asked).toEqual([false, true])
  })

  it('can be made the default', async () => {
    const asked: unknown[] = []
    server.use(
      http.post('/api/storage/profiles/:id/set-default', ({ params }) => {
        asked.push(params.id)
        return new HttpResponse(null, { status: 200 })
      }),
    )
    const { user } = renderApp('/storage/3')
    const off = await screen.findByRole('switch', { name: 'Default destination' })
    expect(off).not.toBeChecked()
    shows({ ...contract<object>('profile-detail-gdrive'), isDefault: true })
    await user.click(off)
    await waitFor(() => expect(screen.getByRole('switch', { name: 'Default destination' })).toBeChecked())
    expect(asked).toEqual(['3'])
  })

  it('is left after it was disconnected', async () => {
    let reads = 0
    server.use(
      http.delete('/api/storage/profiles/:id', () => new HttpResponse(null, { status: 204 })),
      http.get('/api/storage/profiles/:id', () => {
        reads += 1
        return HttpResponse.json(contract('profile-detail-gdrive'))
      }),
    )
    const { user } = renderApp('/storage/3')
    await user.click(await screen.findByRole('button', { name: 'Disconnect' }))
    const dialog = screen.getByRole('alertdialog')
    expect(dialog).toHaveTextContent('The access that Google gave for it is taken back.')
    await user.click(within(dialog).getByRole('button', { name: 'Disconnect' }))
    await waitFor(() => expect(address()).toBe('/storage'))
    expect(await screen.findByText('Work Drive was disconnected.')).toBeVisible()
    expect(reads).toBe(1)
  })

  it.each([
    ['/storage/99', 'This storage does not exist'],
    ['/storage/nonsense', 'There is no page here'],
  ])('%s says that there is nothing', async (path, words) => {
    server.use(http.get('/api/storage/profiles/:id', () => problem(404, 'ProfileNotFound', 'Storage profile not found')))
    renderApp(path)
    expect(await screen.findByText(words)).toBeVisible()
  })

  it('that cannot be read can be read again', async () => {
    server.use(http.get('/api/storage/profiles/:id', () => problem(403, 'Forbidden', 'No.')))
    const { user } = renderApp('/storage/2')
    expect(await screen.findByText('The storage could not be loaded')).toBeVisible()
    shows(buildS3Profile())
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findByRole('heading', { level: 1, name: 'Backblaze' })).toBeVisible()
  })
})
