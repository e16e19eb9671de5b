import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import { contract } from '@/testing/contract'
import { address, renderApp } from '@/testing/render'
import { problem, server } from '@/testing/server'

type User = ReturnType<typeof renderApp>['user']

async function fill(user: User) {
  const body = contract<Record<string, string>>('s3-configure-request')
  await user.type(await screen.findByLabelText('Name', { exact: true }), body.profileName!)
  await user.selectOptions(screen.getByLabelText('Service'), 'Backblaze B2')
  await user.selectOptions(screen.getByLabelText('Location'), 'US West 004')
  await user.type(screen.getByLabelText('Bucket'), body.s3BucketName!)
  await user.type(screen.getByLabelText('Access key'), body.s3AccessKey!)
  await user.type(screen.getByLabelText('Secret key'), body.s3SecretKey!)
}

describe('the S3 form', () => {
  it('fills endpoint and region from the service', async () => {
    const { user } = renderApp('/storage/new/s3')
    await user.selectOptions(await screen.findByLabelText('Service'), 'Amazon S3')
    await user.selectOptions(screen.getByLabelText('Location'), 'Europe (Frankfurt)')
    expect(screen.getByLabelText('Endpoint')).toHaveValue('https://s3.eu-central-1.amazonaws.com')
    expect(screen.getByLabelText('Region')).toHaveValue('eu-central-1')
    await user.selectOptions(screen.getByLabelText('Service'), 'MinIO')
    expect(screen.getByLabelText('Region')).toHaveValue('us-east-1')
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
    const { user } = renderApp('/storage/new/s3')
    await fill(user)
    await user.click(screen.getByRole('button', { name: 'Test' }))
    const result = await screen.findByRole('status', { name: 'Test result' })
    expect(within(result).getAllByRole('listitem')).toHaveLength(4)
    expect(result).toHaveTextContent('Upload in parts212 ms')
    expect(result).toHaveTextContent('403 AccessDenied')
    expect(sent).toEqual([{ preset: 'b2', ...contract<object>('s3-test-request') }])
    await user.type(screen.getByLabelText('Bucket'), '2')
    expect(screen.queryByRole('status', { name: 'Test result' })).not.toBeInTheDocument()
  })

  it('tells a step that was not tried from one that failed', async () => {
    const steps = ['Put', 'Multipart', 'Head', 'Delete'].map((name, index) => ({ name, ok: false, ms: index === 0 ? 3 : 0, message: 'No route to host.' }))
    server.use(http.post('/api/storage/s3/test', () => HttpResponse.json({ ...contract<object>('s3-test'), steps })))
    const { user } = renderApp('/storage/new/s3')
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
    const { user } = renderApp('/storage/new/s3')
    await fill(user)
    await user.click(screen.getByLabelText('Use as the default destination'))
    await user.click(screen.getByRole('button', { name: 'Save' }))
    expect(await screen.findByText('Backblaze is connected.')).toBeVisible()
    expect(address()).toBe('/storage')
    expect(sent).toEqual([{ preset: 'b2', ...contract<object>('s3-configure-request') }])
  })

  it.each([
    [422, 'InvalidS3Config', 'S3 bucket name is required', {}, 'Bucket'],
    [422, 'ProfileNameTooShort', 'Profile name must be at least 3 characters', {}, 'Name'],
    [400, 'ValidationFailed', 'Bad', { errors: { S3Region: ['The region is not known.'] } }, 'Region'],
  ])('ties %i %s to its input', async (status, code, message, extra, label) => {
    server.use(http.post('/api/storage/s3/configure', () => problem(status, code, message, extra)))
    const { user } = renderApp('/storage/new/s3')
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
    const { user } = renderApp('/storage/new/s3')
    await fill(user)
    await user.click(screen.getByRole('button', { name: 'Save' }))
    expect(await screen.findByText('Put failed: no route to host.')).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Save without the test' }))
    await waitFor(() => expect(address()).toBe('/storage'))
    expect(sent.map(({ skipTest }) => skipTest)).toEqual([false, true])
  })

  it('takes the region out of an endpoint that is pasted', async () => {
    const { user } = renderApp('/storage/new/s3')
    await user.selectOptions(await screen.findByLabelText('Service'), 'Backblaze B2')
    await user.clear(screen.getByLabelText('Endpoint'))
    await user.paste('https://s3.eu-central-003.backblazeb2.com')
    expect(screen.getByLabelText('Region')).toHaveValue('eu-central-003')
    expect(screen.getByLabelText('Location')).toHaveDisplayValue('EU Central 003')
  })

  it('keeps what was filled into an endpoint when the location changes', async () => {
    const oracle = {
      ...contract<object[]>('s3-presets')[0],
      id: 'oracle',
      label: 'Oracle',
      endpoint: 'https://<namespace>.compat.objectstorage.{region}.oraclecloud.com',
      regions: [
        { id: 'eu-frankfurt-1', label: 'Frankfurt' },
        { id: 'uk-london-1', label: 'London' },
      ],
    }
    server.use(http.get('/api/storage/s3/presets', () => HttpResponse.json([oracle])))
    const { user } = renderApp('/storage/new/s3')
    await user.clear(await screen.findByLabelText('Endpoint'))
    await user.paste('https://ax1.compat.objectstorage.eu-frankfurt-1.oraclecloud.com')
    await user.selectOptions(screen.getByLabelText('Location'), 'London')
    expect(screen.getByLabelText('Endpoint')).toHaveValue('https://ax1.compat.objectstorage.uk-london-1.oraclecloud.com')
    expect(screen.getByLabelText('Region')).toHaveValue('uk-london-1')
  })

  it('works by hand while the table of services cannot be read', async () => {
    const sent: object[] = []
    server.use(
      http.get('/api/storage/s3/presets', () => problem(404, 'NotFound', 'The server does not know this address.')),
      http.post('/api/storage/s3/test', async ({ request }) => {
        sent.push((await request.json()) as object)
        return HttpResponse.json(contract('s3-test'))
      }),
    )
    const { user } = renderApp('/storage/new/s3')
    expect(await screen.findByText(/list of services could not be loaded/)).toBeVisible()
    expect(screen.getByLabelText('Service')).toHaveDisplayValue('Another S3-compatible service')
    await user.type(screen.getByLabelText('Name'), 'By hand')
    await user.type(screen.getByLabelText('Endpoint'), 'http://nas:9000')
    await user.type(screen.getByLabelText('Bucket'), 'archive')
    await user.type(screen.getByLabelText('Access key'), 'key')
    await user.type(screen.getByLabelText('Secret key'), 'secret')
    await user.click(screen.getByRole('button', { name: 'Test' }))
    await screen.findByRole('status', { name: 'Test result' })
    expect(sent[0]).not.toHaveProperty('preset')
    expect(sent[0]).toMatchObject({ s3Endpoint: 'http://nas:9000', s3Region: 'us-east-1' })
    server.use(http.get('/api/storage/s3/presets', () => HttpResponse.json(contract('s3-presets'))))
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findByRole('option', { name: 'Cloudflare R2' })).toBeInTheDocument()
  })

  it('takes a CA certificate from a file, and refuses what is none', async () => {
    const sent: object[] = []
    server.use(
      http.post('/api/storage/s3/test', async ({ request }) => {
        sent.push((await request.json()) as object)
        return HttpResponse.json(contract('s3-test'))
      }),
    )
    const { user } = renderApp('/storage/new/s3')
    await fill(user)
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'
    await user.click(screen.getByText('The server has a self-signed certificate'))
    await user.upload(screen.getByLabelText('CA certificate file'), new File(['-----BEGIN RSA PRIVATE KEY-----\n'], 'key.pem'))
    await waitFor(() => expect(screen.getByLabelText('CA certificate')).not.toHaveValue(''))
    await user.click(screen.getByRole('button', { name: 'Test' }))
    expect(screen.getByLabelText('CA certificate')).toHaveAccessibleDescription(/holds a private key/)
    await user.upload(screen.getByLabelText('CA certificate file'), new File([`${pem}\n`], 'ca.pem'))
    await waitFor(() => expect(screen.getByLabelText('CA certificate')).toHaveValue(`${pem}\n`))
    expect(screen.getByLabelText('CA certificate')).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Test' }))
    await screen.findByRole('status', { name: 'Test result' })
    expect(sent).toEqual([expect.objectContaining({ s3CaCertificate: pem })])
  })

  it.each([
    [421, /7\sm 1\ss behind the storage/],
    [-90, /1\sm 30\ss ahead of the storage/],
  ])('warns of a clock that is %d s off', async (clockOffsetSeconds, words) => {
    server.use(http.post('/api/storage/s3/test', () => HttpResponse.json({ ...contract<object>('s3-test'), clockOffsetSeconds })))
    const { user } = renderApp('/storage/new/s3')
    await fill(user)
    await user.click(screen.getByRole('button', { name: 'Test' }))
    expect(await screen.findByRole('status', { name: 'Test result' })).toHaveTextContent(words)
  })

  it('is one of two ways that the chooser offers', async () => {
    const { user } = renderApp('/storage/new')
    expect(await screen.findByRole('link', { name: 'Google Drive' })).toHaveAttribute('href', '/storage/google-drive')
    await user.click(screen.getByRole('link', { name: 'S3-compatible storage' }))
    expect(await screen.findByRole('form', { name: 'Connect S3-compatible storage' })).toBeVisible()
    expect(address()).toBe('/storage/new/s3')
  })
})
