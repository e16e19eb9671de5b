import { act, screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import type { JobDetail, JobFile } from '@/features/jobs/model'
import { buildDetail, buildEvent, buildPage } from '@/testing/builders'
import { contract } from '@/testing/contract'
import { FakeEventSource } from '@/testing/fake-event-source'
import { renderApp } from '@/testing/render'
import { server } from '@/testing/server'

const answer = (over: Partial<JobDetail>) => server.use(http.get('/api/jobs/:id', () => HttpResponse.json(buildDetail(over))))
const text = (element: Element) => (element.textContent ?? '').replaceAll('\u00a0', ' ')

describe('a running job', () => {
  it('has two lanes with their own numbers', async () => {
    renderApp('/jobs/111')
    const download = await screen.findByRole('region', { name: 'Download' })
    expect(text(download)).toContain('50 %2.0 of 4.0 GiB')
    expect(text(download)).toContain('6 m 12 s')
    expect(text(download)).toContain('42, 17 complete')
    expect(text(screen.getByRole('region', { name: 'Upload' }))).toContain('25 %1.0 of 4.0 GiB')
    expect(document.title).toBe('debian-12.8.0-amd64-DVD-1.iso · TorrentClou')
  })

  it('moves with the events and draws the speed', async () => {
    answer({ updatedAt: '2026-11-20T09:00:00Z' })
    const { client } = renderApp('/jobs/111')
    await screen.findByRole('region', { name: 'Download' })
    act(() => FakeEventSource.last.open())
    // The refetch after the connect is older than the event that follows it.
    await waitFor(() => expect(client.isFetching()).toBe(0))
    act(() => FakeEventSource.last.send(buildEvent({ bytesDownloaded: 3 * 1024 ** 3, downloadSpeed: 50 * 1024 ** 2 })))
    await waitFor(() => expect(text(screen.getByRole('region', { name: 'Download' }))).toContain('75 %3.0 of 4.0 GiB'))
    expect(screen.getByRole('img', { name: /Download speed/ }).getAttribute('aria-label')?.replaceAll('\u00a0', ' ')).toContain('now ')
    expect(screen.getByText(/^All jobs now: download 50\.0/)).toBeInTheDocument()
  })

  it('lists its files with what they were verified by', async () => {
    renderApp('/jobs/111')
    const table = await screen.findByRole('table', { name: 'Files of this job' })
    const rows = within(table).getAllByRole('row')
    expect(rows).toHaveLength(3)
    expect(text(rows[1]!)).toContain('Doneverified by md5')
  })

  it('draws only what is looked at of ten thousand files', async () => {
    const files: JobFile[] = Array.from({ length: 10_000 }, (_, index) => ({ index, path: `f/${index}`, size: 1, state: 'pending', bytesDownloaded: 0, bytesUploaded: 0, verifiedBy: null }))
    answer({ files })
    renderApp('/jobs/111')
    const table = await screen.findByRole('table', { name: 'Files of this job' })
    expect(table).toHaveAttribute('aria-rowcount', '10000')
    expect(within(table).getAllByRole('row').length).toBeLessThan(40)
  })

  it('tells its history in words', async () => {
    renderApp('/jobs/111')
    const timeline = await screen.findByRole('region', { name: 'Timeline' })
    expect(await within(timeline).findByText('Job created')).toBeVisible()
    expect(within(timeline).getByText('A worker stopped; the download was resumed')).toBeVisible()
    expect(text(timeline)).toContain('after 3 m')
  })

  it('tells in its history what was cleaned up', async () => {
    const entry = contract<{ items: object[] }>('timeline-page').items[3]
    const metadataJson = '{"cleaned": "3 unfinished uploads aborted", "abortedUploads": 3}'
    server.use(http.get('/api/jobs/:id/timeline', () => HttpResponse.json(buildPage([{ ...entry, fromStatus: 'CANCELLED', toStatus: 'CANCELLED', metadataJson }]))))
    renderApp('/jobs/111')
    const timeline = await screen.findByRole('region', { name: 'Timeline' })
    expect(await within(timeline).findByText('3 unfinished uploads aborted')).toBeVisible()
    expect(within(timeline).getAllByText('3 unfinished uploads aborted')).toHaveLength(1)
  })
})

describe('the downloaded bytes of an ended job', () => {
  it.each([
    [{ present: false, keptUntil: null }, /nothing any more/],
    [{ present: true, keptUntil: null }, /the downloaded files$/],
    [{ present: true, keptUntil: new Date(Date.now() + 5.5 * 3_600_000).toISOString() }, /the downloaded files, deleted (tomorrow )?at .*, in 5.h/],
  ])('are told: %o', async (localFiles, words) => {
    answer({ status: 'COMPLETED', isActive: false, localFiles })
    renderApp('/jobs/111')
    expect((await screen.findByText('On this server')).nextElementSibling).toHaveTextContent(words)
  })

  it('are nobody’s business while it runs', async () => {
    renderApp('/jobs/111')
    await screen.findByText('Destination')
    expect(screen.queryByText('On this server')).not.toBeInTheDocument()
  })
})

describe('a job with a problem', () => {
  it('says what happened and what to do, by the recorded code', async () => {
    const failed = contract<{ items: object[] }>('timeline-page').items[3]
    answer({ status: 'UPLOAD_FAILED', errorMessage: 'The bucket "archive" does not exist.', isActive: false, canRetry: true, canCancel: false })
    server.use(
      http.get('/api/jobs/:id/timeline', () =>
        HttpResponse.json(buildPage([{ ...failed, toStatus: 'UPLOAD_FAILED', errorMessage: 'x', metadataJson: '{"code": "NoSuchBucket"}' }])),
      ),
    )
    renderApp('/jobs/102')
    const card = await screen.findByRole('alert', { name: 'What went wrong' })
    expect(card).toHaveTextContent('The bucket "archive" does not exist.')
    await waitFor(() => expect(card).toHaveTextContent('Create the bucket'))
    expect(screen.getByRole('button', { name: 'Retry upload' })).toBeEnabled()
    expect(screen.queryByRole('button', { name: 'Cancel' })).not.toBeInTheDocument()
  })

  it('gives a wait its reason', async () => {
    answer({ waiting: { code: 'no_peers', sentence: 'No peer has answered yet.', since: '2026-11-20T09:00:00Z', nextActionAt: null } })
    renderApp('/jobs/111')
    const card = await screen.findByRole('status', { name: 'Why this job waits' })
    expect(card).toHaveTextContent('No peer has answered yet.')
    expect(card).toHaveTextContent('goes on when a peer appears')
  })

  it('that only concerns the upload does not stop the download from being one', async () => {
    answer({ waiting: { code: 'endpoint', sentence: 'The server could not be reached.', since: '2026-11-20T09:00:00Z', nextActionAt: null } })
    renderApp('/jobs/111')
    expect(await screen.findByRole('status', { name: 'Why the upload waits' })).toHaveTextContent('The upload waits: The server could not be reached.')
    expect(screen.getByTestId('job-state')).toHaveTextContent('Downloading')
  })

  it.each([
    ['day_limit', 'Continues', 'Open the storage'],
    ['quota', 'Next try', 'Open the storage'],
    ['login', 'Next try', 'Log in again'],
  ])('of the code %s has a clock time and a way out', async (code, next, action) => {
    const soon = new Date(Date.now() + 5.5 * 3_600_000).toISOString()
    answer({ status: 'UPLOADING', waiting: { code, sentence: 'It waits.', since: '2026-11-20T09:00:00Z', nextActionAt: soon } })
    renderApp('/jobs/111')
    const card = await screen.findByRole('status', { name: 'Why this job waits' })
    expect(text(card)).toMatch(new RegExp(`${next} (tomorrow )?at .*\\d:\\d\\d.*, in 5 h\\.`))
    expect(within(card).getByRole('link', { name: action })).toHaveAttribute('href', '/storage/2')
  })

  it('that has ended moves nothing any more', async () => {
    const { phases, files } = buildDetail()
    const upload = { ...phases.upload, state: 'cancelled', nextRetryAt: '2099-01-01T00:00:00Z' } as const
    answer({ status: 'CANCELLED', isActive: false, canCancel: false, canRetry: true, phases: { ...phases, upload }, files: [{ ...files[0]!, state: 'uploading' }] })
    renderApp('/jobs/111')
    expect(await screen.findByTestId('file-row')).toHaveTextContent('Stopped')
    expect(screen.getByRole('region', { name: 'Upload' })).not.toHaveTextContent('Next try')
    expect(screen.getByRole('button', { name: 'Start again' })).toBeEnabled()
  })

  it('that does not exist is told at once and not retried', async () => {
    let asked = 0
    server.use(
      http.get('/api/jobs/:id', () => {
        asked += 1
        return HttpResponse.json(contract('error'), { status: 404 })
      }),
    )
    renderApp('/jobs/999')
    expect(await screen.findByText('There is no such job')).toBeVisible()
    expect(asked).toBe(1)
  })

  it.each(['/jobs/abc', '/jobs/0', '/jobs/1e3', '/nowhere'])('%s is no page', async (path) => {
    renderApp(path)
    expect(await screen.findByText('There is no page here')).toBeVisible()
  })
})
