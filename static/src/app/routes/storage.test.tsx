import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import { contract } from '@/testing/contract'
import { address, renderApp } from '@/testing/render'
import { problem, server } from '@/testing/server'

describe('the storages', () => {
  it('are cards with their account, default and trouble', async () => {
    renderApp('/storage')
    const [backblaze, drive] = await screen.findAllByTestId('profile-card')
    expect(backblaze).toHaveTextContent('S3-compatible storage')
    expect(backblaze).toHaveTextContent('Default')
    expect(drive).toHaveTextContent('ada@example.org')
    expect(drive).toHaveTextContent('Needs a new login')
  })

  it('can be made the default', async () => {
    const asked: unknown[] = []
    server.use(
      http.post('/api/storage/profiles/:id/set-default', ({ params }) => {
        asked.push(params.id)
        return new HttpResponse(null, { status: 200 })
      }),
    )
    const { user } = renderApp('/storage')
    await user.click(await screen.findByRole('button', { name: 'Actions for Work Drive' }))
    await user.click(await screen.findByRole('menuitem', { name: 'Make it the default' }))
    expect(await screen.findByText('Work Drive is the default now.')).toBeVisible()
    expect(asked).toEqual(['3'])
  })

  it('are disconnected after a question, unless a job uses them', async () => {
    server.use(http.delete('/api/storage/profiles/:id', () => problem(400, 'ProfileInUse', 'Cannot delete profile while there are active jobs using it')))
    const { user } = renderApp('/storage')
    await user.click(await screen.findByRole('button', { name: 'Actions for Backblaze' }))
    await user.click(await screen.findByRole('menuitem', { name: 'Disconnect' }))
    const dialog = screen.getByRole('alertdialog')
    await user.click(within(dialog).getByRole('button', { name: 'Disconnect' }))
    expect(await within(dialog).findByRole('alert')).toHaveTextContent('active jobs')
    server.use(
      http.delete('/api/storage/profiles/:id', () => new HttpResponse(null, { status: 204 })),
      http.get('/api/storage/profiles', () => HttpResponse.json([])),
    )
    await user.click(within(dialog).getByRole('button', { name: 'Disconnect' }))
    expect(await screen.findByText('No storage is connected')).toBeVisible()
  })

  it('that cannot be read say so', async () => {
    server.use(http.get('/api/storage/profiles', () => problem(503, 'Unavailable', 'PostgreSQL does not answer.')))
    renderApp('/storage')
    expect(await screen.findByText('PostgreSQL does not answer.')).toBeVisible()
  })
})

type User = ReturnType<typeof renderApp>['user']

async function fill(user: User) {
  const body = contract<Record<string, string>>('s3-configure-request')
  await user.type(await screen.findByLabelText('Name'), body.profileName!)
  await user.selectOptions(screen.getByLabelText('Service'), 'Backblaze B2')
  await user.selectOptions(screen.getByLabelText('Location'), 'US West 004')
  await user.type(screen.getByLabelText('Bucket'), body.s3BucketName!)
  await user.type(screen.getByLabelText('Access key'), body.s3AccessKey!)
  await user.type(screen.getByLabelText('Secret key'), body.s3SecretKey!)
}

describe('the S3 form', () => {
  it('fills endpoint and region from the service', async () => {
    const { user } = renderApp('/storage/new')
    await user.selectOptions(await screen.findByLabelText('Service'), 'Wasabi')
    await user.selectOptions(screen.getByLabelText('Location'), 'EU Central 2 (Frankfurt)')
    expect(screen.getByLabelText('Endpoint')).toHaveValue('https://s3.eu-central-2.wasabisys.com')
    expect(screen.getByLabelText('Region')).toHaveValue('eu-central-2')
    await user.selectOptions(screen.getByLabelText('Service'), 'Cloudflare R2')
    await user.click(screen.getByRole('button', { name: 'Save' }))
    expect(screen.getByLabelText('Endpoint')).toHaveAccessibleDescription('Replace <account id> with your own.')
    expect(screen.getByLabelText('Name')).toHaveFocus()
  })

  it('shows every step of a test with its time', async () => {
    const sent: unknown[] = []
    server.use(
      http.post('/api/storage/s3/test', async ({ request }) => {
        sent.push(await request.json())
        return HttpResponse.json(contract('s3-test'))
      }),
    )
    const { user } = renderApp('/storage/new')
    await fill(user)
    await user.click(screen.getByRole('button', { name: 'Test' }))
    const result = await screen.findByRole('status', { name: 'Test result' })
    expect(within(result).getAllByRole('listitem')).toHaveLength(4)
    expect(result).toHaveTextContent('Upload in parts212 ms')
    expect(result).toHaveTextContent('403 AccessDenied')
    expect(sent).toEqual([contract('s3-test-request')])
    await user.type(screen.getByLabelText('Bucket'), '2')
    expect(screen.queryByRole('status', { name: 'Test result' })).not.toBeInTheDocument()
  })

  it('tells a step that was not tried from one that failed', async () => {
    const steps = ['Put', 'Multipart', 'Head', 'Delete'].map((name, index) => ({ name, ok: false, ms: index === 0 ? 3 : 0, message: 'No route to host.' }))
    server.use(http.post('/api/storage/s3/test', () => HttpResponse.json({ ...contract<object>('s3-test'), steps })))
    const { user } = renderApp('/storage/new')
    await fill(user)
    await user.click(screen.getByRole('button', { name: 'Test' }))
    const result = await screen.findByRole('status', { name: 'Test result' })
    expect(within(result).getAllByLabelText('failed')).toHaveLength(1)
    expect(within(result).getAllByLabelText('not tried')).toHaveLength(3)
  })

  it('saves what the contract says and returns to the list', async () => {
    const sent: unknown[] = []
    server.use(
      http.post('/api/storage/s3/configure', async ({ request }) => {
        sent.push(await request.json())
        return HttpResponse.json(contract('s3-configure'))
      }),
    )
    const { user } = renderApp('/storage/new')
    await fill(user)
    await user.click(screen.getByLabelText('Use as the default destination'))
    await user.click(screen.getByRole('button', { name: 'Save' }))
    expect(await screen.findByText('Backblaze is connected.')).toBeVisible()
    expect(address()).toBe('/storage')
    expect(sent).toEqual([contract('s3-configure-request')])
  })

  it.each([
    [422, 'InvalidS3Config', 'S3 bucket name is required', {}, 'Bucket'],
    [422, 'ProfileNameTooShort', 'Profile name must be at least 3 characters', {}, 'Name'],
    [400, 'ValidationFailed', 'Bad', { errors: { S3Region: ['The region is not known.'] } }, 'Region'],
  ])('ties %i %s to its input', async (status, code, message, extra, label) => {
    server.use(http.post('/api/storage/s3/configure', () => problem(status, code, message, extra)))
    const { user } = renderApp('/storage/new')
    await fill(user)
    await user.click(screen.getByRole('button', { name: 'Save' }))
    await waitFor(() => expect(screen.getByLabelText(label)).toBeInvalid())
    expect(screen.getByLabelText(label)).toHaveAccessibleDescription('errors' in extra ? 'The region is not known.' : message)
    expect(screen.getByLabelText(label)).toHaveFocus()
  })

  it('offers to save a service that cannot be reached now', async () => {
    const sent: { skipTest: boolean }[] = []
    server.use(
      http.post('/api/storage/s3/configure', async ({ request }) => {
        const body = (await request.json()) as { skipTest: boolean }
        sent.push(body)
        return body.skipTest ? HttpResponse.json(contract('s3-configure')) : problem(422, 'S3ConnectionFailed', 'Put failed: no route to host.')
      }),
    )
    const { user } = renderApp('/storage/new')
    await fill(user)
    await user.click(screen.getByRole('button', { name: 'Save' }))
    expect(await screen.findByText('Put failed: no route to host.')).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Save without the test' }))
    await waitFor(() => expect(address()).toBe('/storage'))
    expect(sent.map(({ skipTest }) => skipTest)).toEqual([false, true])
  })
})
