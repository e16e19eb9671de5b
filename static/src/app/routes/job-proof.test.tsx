import { act, screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Manifest, ProofFile } from '@/features/jobs/proof/model'
import { buildDetail } from '@/testing/builders'
import { contract } from '@/testing/contract'
import { address, renderApp } from '@/testing/render'
import { problem, server } from '@/testing/server'

const golden = contract<Manifest>('manifest')
const shows = (over: Partial<Manifest>) => server.use(http.get('/api/jobs/:id/manifest', () => HttpResponse.json({ ...golden, ...over })))
const text = (element: Element | null) => (element?.textContent ?? '').replaceAll('\u00a0', ' ')
const file = (over: Partial<ProofFile>): ProofFile => ({ ...golden.files[0]!, ...over })

describe('the proof of a job', () => {
  it('is a tab beside the files, reached by the arrows, and stands in the address', async () => {
    const { user } = renderApp('/jobs/111')
    const files = await screen.findByRole('tab', { name: 'Files', selected: true })
    files.focus()
    await user.keyboard('{ArrowRight}')
    expect(screen.getByRole('tab', { name: 'Proof', selected: true })).toHaveFocus()
    expect(address()).toBe('/jobs/111?view=proof')
    expect(await screen.findByRole('table', { name: 'Proof of the files' })).toBeVisible()
    await user.keyboard('{ArrowRight}')
    expect(screen.getByRole('table', { name: 'Files of this job' })).toBeVisible()
    expect(address()).toBe('/jobs/111')
  })

  it('says how many files are verified, where, and by what', async () => {
    renderApp('/jobs/111?view=proof')
    expect(text(await screen.findByTestId('proof-summary'))).toBe('1 of 3 files verified at the destination so far')
    const proof = screen.getByRole('region', { name: 'Proof' })
    expect(proof).toHaveTextContent(/backups\/torrents\/111/)
    const [done, uploading] = within(proof).getAllByTestId('proof-row')
    expect(text(done!)).toContain('SHA512SUMS995 B0f4b1f5a…c3b7e6a1')
    expect(text(done!)).toContain('MD5 compared with the destination')
    expect(text(uploading!)).toContain('UploadingThe destination stored other bytes than were sent.')
  })

  it('shows all of one file, to be copied', async () => {
    const written: string[] = []
    const { user } = renderApp('/jobs/111?view=proof')
    vi.spyOn(navigator.clipboard, 'writeText').mockImplementation((value) => Promise.resolve(void written.push(value)))
    await user.click(await screen.findByRole('button', { name: 'Copy the SHA-256 of SHA512SUMS' }))
    await user.click(screen.getByRole('button', { name: 'SHA512SUMS' }))
    const dialog = screen.getByRole('dialog', { name: 'Proof of one file' })
    await user.click(within(dialog).getByRole('button', { name: 'Copy: Object key' }))
    expect(written).toEqual([golden.files[0]!.sha256, golden.files[0]!.remoteKey])
    expect(within(dialog).queryByText('Drive id')).not.toBeInTheDocument()
    await user.click(within(dialog).getByRole('button', { name: 'Close' }))
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument()
  })

  it('leads to a file at Google Drive', async () => {
    shows({ provider: 'GoogleDrive', files: [file({ remoteId: 'a/b', etag: 'a/b', method: 'sha256' })] })
    const { user } = renderApp('/jobs/111?view=proof')
    await user.click(await screen.findByRole('button', { name: 'SHA512SUMS' }))
    const dialog = screen.getByRole('dialog')
    expect(within(dialog).getByRole('link', { name: 'Open in Google Drive' })).toHaveAttribute('href', 'https://drive.google.com/file/d/a%2Fb/view')
    expect(dialog).toHaveTextContent('SHA-256 compared with the destination')
    expect(within(dialog).queryByText('ETag')).not.toBeInTheDocument()
  })

  it('is downloaded as JSON and for sha256sum', async () => {
    renderApp('/jobs/111?view=proof')
    expect(await screen.findByRole('link', { name: 'JSON' })).toHaveAttribute('href', '/api/jobs/111/manifest?format=json')
    expect(screen.getByRole('link', { name: 'sha256sum' })).toHaveAttribute('href', '/api/jobs/111/manifest?format=sha256sum')
    expect(screen.getByRole('link', { name: 'JSON' })).toHaveAttribute('download')
  })

  it.each([
    [true, 'Nothing has been uploaded yet'],
    [false, 'Nothing was uploaded'],
  ])('of nothing says so (active: %s)', async (isActive, words) => {
    server.use(http.get('/api/jobs/:id', () => HttpResponse.json(buildDetail({ isActive }))))
    shows({ files: golden.files.slice(1) })
    renderApp('/jobs/111?view=proof')
    expect(await screen.findByRole('heading', { name: words })).toBeVisible()
    expect(screen.queryByRole('link', { name: 'JSON' })).not.toBeInTheDocument()
  })

  it('that cannot be read can be asked for again', async () => {
    server.use(http.get('/api/jobs/:id/manifest', () => problem(403, 'Forbidden', 'The key may not read.')))
    const { user } = renderApp('/jobs/111?view=proof')
    expect(await screen.findByText('The proof could not be loaded')).toBeVisible()
    shows({})
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findByTestId('proof-summary')).toBeVisible()
  })

  it('draws only what is looked at of ten thousand files', async () => {
    shows({ fileCount: 10_000, complete: true, files: Array.from({ length: 10_000 }, (_, n) => file({ path: `f/${n}` })) })
    renderApp('/jobs/111?view=proof')
    const table = await screen.findByRole('table', { name: 'Proof of the files' })
    expect(table).toHaveAttribute('aria-rowcount', '10001')
    expect(within(table).getAllByTestId('proof-row').length).toBeLessThan(40)
    expect(text(screen.getByTestId('proof-summary'))).toContain('10,000 of 10,000 files verified')
  })

  it('is asked for only when it is looked at', async () => {
    let asked = 0
    server.use(
      http.get('/api/jobs/:id/manifest', () => {
        asked += 1
        return HttpResponse.json(golden)
      }),
    )
    const { user } = renderApp('/jobs/111')
    await screen.findByRole('table', { name: 'Files of this job' })
    expect(asked).toBe(0)
    await user.click(screen.getByRole('tab', { name: 'Proof' }))
    await waitFor(() => expect(asked).toBe(1))
  })
})

describe('the proof of a job while files still upload', () => {
  const pass = (seconds: number) => act(() => vi.advanceTimersByTimeAsync(seconds * 1_000))
  const summary = () => text(screen.getByTestId('proof-summary'))
  let asked: number
  let verified: number

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'], shouldAdvanceTime: true })
    asked = 0
    verified = 1
    server.use(
      http.get('/api/jobs/:id/manifest', () => {
        asked += 1
        return HttpResponse.json({ ...golden, files: golden.files.map((one, n) => (n < verified ? { ...one, state: 'done' } : one)) })
      }),
    )
  })
  afterEach(() => vi.useRealTimers())

  it('follows every ten seconds, and once more when the job is over', async () => {
    renderApp('/jobs/111?view=proof')
    await screen.findByTestId('proof-summary')
    expect(summary()).toBe('1 of 3 files verified at the destination so far')
    verified = 2
    await pass(8)
    expect(asked).toBe(1)
    await pass(3)
    await waitFor(() => expect(summary()).toBe('2 of 3 files verified at the destination so far'))
    expect(asked).toBe(2)

    verified = 3
    server.use(http.get('/api/jobs/:id', () => HttpResponse.json(buildDetail({ status: 'COMPLETED', isActive: false }))))
    await pass(5) // the page sees that it is over, without an event
    await waitFor(() => expect(summary()).toBe('3 of 3 files verified at the destination'))
    expect(asked).toBe(3)
    await pass(120)
    expect(asked).toBe(3)
  })

  it('follows less often when it names many files', async () => {
    const files = Array.from({ length: 1_001 }, (_, n) => ({ ...buildDetail().files[0]!, path: `f/${n}` }))
    server.use(http.get('/api/jobs/:id', () => HttpResponse.json(buildDetail({ files }))))
    renderApp('/jobs/111?view=proof')
    await screen.findByTestId('proof-summary')
    verified = 2
    await pass(50)
    expect(asked).toBe(1)
    await pass(11)
    await waitFor(() => expect(summary()).toContain('2 of 3'))
    expect(asked).toBe(2)
  })
})
