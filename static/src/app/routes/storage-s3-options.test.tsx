import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import { buildS3Profile } from '@/testing/builders'
import { contract } from '@/testing/contract'
import { renderApp } from '@/testing/render'
import { problem, server } from '@/testing/server'

type User = ReturnType<typeof renderApp>['user']

const shows = (profile: object) => server.use(http.get('/api/storage/profiles/:id', () => HttpResponse.json(profile)))
const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } })

function recordChanges() {
  const changes: unknown[] = []
  server.use(
    http.patch('/api/storage/profiles/2', async ({ request }) => {
      changes.push(await request.json())
      return HttpResponse.json(buildS3Profile())
    }),
  )
  return changes
}

async function openOptions(user: User) {
  await user.click(await screen.findByRole('button', { name: 'Edit' }))
  await user.click(screen.getByText(/^Advanced/))
}

describe('how an S3 storage writes objects', () => {
  it('is told on its page, and what is not chosen is not', async () => {
    shows(buildS3Profile({}, { pathTemplate: 'films/{year}/{path}', storageClass: 'STANDARD_IA', sse: 'aws:kms', sseKmsKeyId: 'alias/films', conditionalCreate: false }))
    renderApp('/storage/2')
    const connection = await screen.findByRole('region', { name: 'Connection' })
    for (const text of ['films/{year}/{path}', 'STANDARD_IA', 'A key of KMS (SSE-KMS): alias/films', 'the server has no conditional writes']) expect(connection).toHaveTextContent(text)
    expect(within(connection).queryByText('Access (ACL)')).not.toBeInTheDocument()
  })

  it.each([
    [true, 'refused by the server itself'],
    [null, 'a test finds out'],
  ])('tells whether the server keeps objects (%s)', async (conditionalCreate, words) => {
    shows(buildS3Profile({}, { conditionalCreate }))
    renderApp('/storage/2')
    expect(await screen.findByRole('region', { name: 'Connection' })).toHaveTextContent(words)
  })

  it('changes only what was changed, and null takes away', async () => {
    shows(buildS3Profile({}, { storageClass: 'STANDARD_IA', sse: 'aws:kms', sseKmsKeyId: 'alias/films' }))
    const changes = recordChanges()
    const { user } = renderApp('/storage/2')
    await openOptions(user)
    await user.clear(screen.getByLabelText('Storage class'))
    await user.selectOptions(screen.getByLabelText('Encryption'), 'AES-256 with keys of the storage (SSE-S3)')
    expect(screen.queryByLabelText('KMS key')).not.toBeInTheDocument()
    await user.selectOptions(screen.getByLabelText('Access (ACL)'), 'private: only the owner')
    type('Path of a file', ' films/{path} ')
    await user.click(screen.getByRole('button', { name: 'Save' }))
    await waitFor(() =>
      expect(changes).toEqual([{ s3PathTemplate: 'films/{path}', s3StorageClass: null, s3Sse: 'AES256', s3SseKmsKeyId: null, s3Acl: 'private', skipTest: false }]),
    )
  })

  it('goes back to the usual path when the field is emptied', async () => {
    shows(buildS3Profile({}, { pathTemplate: 'films/{path}' }))
    const changes = recordChanges()
    const { user } = renderApp('/storage/2')
    await openOptions(user)
    await user.clear(screen.getByLabelText('Path of a file'))
    await user.click(screen.getByRole('button', { name: 'Save' }))
    await waitFor(() => expect(changes).toEqual([{ s3PathTemplate: null, skipTest: false }]))
  })

  it('keeps a stored choice that this page does not know', async () => {
    shows(buildS3Profile({}, { acl: 'log-delivery-write' }))
    const { user } = renderApp('/storage/2')
    await openOptions(user)
    expect(screen.getByLabelText('Access (ACL)')).toHaveDisplayValue('log-delivery-write')
  })

  it('is part of a new storage only where it was chosen', async () => {
    const sent: object[] = []
    server.use(
      http.post('/api/storage/s3/configure', async ({ request }) => {
        sent.push((await request.json()) as object)
        return HttpResponse.json(contract('s3-configure'))
      }),
    )
    const { user } = renderApp('/storage/new/s3')
    await screen.findByLabelText('Name')
    for (const [label, value] of Object.entries({ Name: 'Films', Bucket: 'films', 'Access key': 'a', 'Secret key': 'b', 'Storage class': 'STANDARD_IA' })) type(label, value)
    await user.click(screen.getByRole('button', { name: 'Save' }))
    await waitFor(() => expect(sent).toHaveLength(1))
    expect(sent[0]).toMatchObject({ s3StorageClass: 'STANDARD_IA' })
    expect(Object.keys(sent[0]!)).not.toEqual(expect.arrayContaining(['s3PathTemplate']))
  })

  it.each([
    ['InvalidS3Config', 'The storage class may hold letters only.', 'Storage class'],
    ['InvalidS3Config', 'A KMS key needs the encryption aws:kms.', 'KMS key'],
    ['InvalidPathTemplate', 'The path template must end in {path}.', 'Path of a file'],
  ])('that is refused (%s: %s) is told at its field, which opens', async (code, message, label) => {
    shows(buildS3Profile({}, { sse: 'aws:kms' }))
    server.use(http.patch('/api/storage/profiles/2', () => problem(422, code, message)))
    const { user } = renderApp('/storage/2')
    await user.click(await screen.findByRole('button', { name: 'Edit' }))
    type('Bucket', 'another')
    await user.click(screen.getByRole('button', { name: 'Save' }))
    await waitFor(() => expect(screen.getByLabelText(label)).toHaveAccessibleDescription(message))
    expect(screen.getByLabelText(label)).toBeVisible()
    expect(screen.getByLabelText(label)).toHaveFocus()
  })
})

describe('the preview of a path', () => {
  it('follows what is typed, asked once it stands still', async () => {
    const asked: string[] = []
    server.use(
      http.post('/api/storage/s3/preview-path', async ({ request }) => {
        const { s3PathTemplate } = (await request.json()) as { s3PathTemplate: string }
        asked.push(s3PathTemplate)
        return HttpResponse.json({ examples: [{ path: 'a', key: `key of ${s3PathTemplate}` }] })
      }),
    )
    const { user } = renderApp('/storage/2')
    await openOptions(user)
    const preview = screen.getByRole('status', { name: 'Preview of the path' })
    await waitFor(() => expect(preview).toHaveTextContent('key of torrents/{jobId}/{path}'))
    for (const value of ['f', 'fi', 'films/{path}']) type('Path of a file', value)
    await waitFor(() => expect(preview).toHaveTextContent('key of films/{path}'))
    expect(asked).toEqual(['torrents/{jobId}/{path}', 'films/{path}'])
  })

  it('takes a variable where the caret is', async () => {
    const { user } = renderApp('/storage/2')
    await openOptions(user)
    const field = screen.getByLabelText<HTMLInputElement>('Path of a file')
    type('Path of a file', 'films//{path}')
    field.setSelectionRange(6, 6)
    await user.click(screen.getByRole('button', { name: /^Insert \{year\}/ }))
    expect(field).toHaveValue('films/{year}/{path}')
    expect(field).toHaveFocus()
    await waitFor(() => expect(field.selectionStart).toBe(12))
  })

  it('says why there is none', async () => {
    server.use(http.post('/api/storage/s3/preview-path', () => problem(422, 'InvalidPathTemplate', 'There is no variable {pth}.')))
    const { user } = renderApp('/storage/2')
    await openOptions(user)
    await waitFor(() => expect(screen.getByLabelText('Path of a file')).toHaveAccessibleDescription('There is no variable {pth}.'))
    expect(screen.queryByRole('status', { name: 'Preview of the path' })).not.toBeInTheDocument()
  })

  it('that cannot be loaded can be asked for again', async () => {
    server.use(http.post('/api/storage/s3/preview-path', () => problem(403, 'Forbidden', 'No.')))
    const { user } = renderApp('/storage/2')
    await openOptions(user)
    expect(await screen.findByText('The preview could not be loaded.')).toBeVisible()
    server.use(http.post('/api/storage/s3/preview-path', () => HttpResponse.json({ examples: [{ path: 'a', key: 'b/a' }] })))
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findByText('b/a')).toBeVisible()
  })
})
