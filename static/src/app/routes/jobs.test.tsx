import { act, screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import type { Job } from '@/features/jobs/model'
import { buildEvent, buildJob, buildPage } from '@/testing/builders'
import { FakeEventSource } from '@/testing/fake-event-source'
import { address, renderApp } from '@/testing/render'
import { problem, server } from '@/testing/server'

const answerJobs = (...jobs: (Job | object)[]) => server.use(http.get('/api/jobs', () => HttpResponse.json(buildPage(jobs))))
const rows = () => screen.findAllByTestId('job-row')
const rowOf = async (name: string) => (await screen.findByRole('link', { name })).closest('li')!
const text = (element: Element | null | undefined) => (element?.textContent ?? '').replaceAll('\u00a0', ' ')

describe('the list', () => {
  it('shows the numbers of the phase that a job is in', async () => {
    renderApp('/jobs')
    expect(await rows()).toHaveLength(12)
    expect(text(await rowOf('debian-12.8.0-amd64-DVD-1.iso'))).toContain('2.0 of 4.0 GiB · ↓ 12.4 MiB/s · ↑ 9.8 MiB/s · 6 m 12 s left')
    const uploading = await rowOf('fedora-workstation-43.iso')
    expect(text(uploading)).toContain('3.0 of 4.0 GiB uploaded · ↑ 23.4 MiB/s · 43 s left')
    expect(within(uploading).getByRole('progressbar')).toHaveAttribute('aria-valuetext', '100\u00a0% downloaded, 75\u00a0% uploaded')
    expect(text(await rowOf('ubuntu-26.04-desktop-amd64.iso'))).toContain('4.0 GiB · took 10 m')
  })

  it('gives every wait its reason and every failure its sentence', async () => {
    renderApp('/jobs')
    const waiting = await rowOf('big-buck-bunny')
    expect(text(waiting)).toContain('Waiting for disk: needs 12.4 GiB, 3.1 GiB are free.')
    expect(within(waiting).getByTestId('job-state')).toHaveTextContent('Waiting')
    expect(text(await rowOf('nasa-images'))).toContain('The bucket "archive" does not exist.')
  })

  it('says when a wait ends and leads to where it can be ended', async () => {
    const wait = { code: 'day_limit', sentence: 'Google took 750 GB of this account.', since: '2026-11-20T09:00:00Z', nextActionAt: new Date(Date.now() + 9.5 * 3_600_000).toISOString() }
    answerJobs(buildJob({ requestFileName: 'a lot', status: 'UPLOADING', waiting: wait }), buildJob({ id: 2, requestFileName: 'no place', waiting: { ...wait, code: 'disk' } }), buildJob({ id: 3, requestFileName: 'still coming', waiting: wait }))
    renderApp('/jobs')
    const row = await rowOf('a lot')
    expect(text(row)).toContain('Google took 750 GB of this account.')
    expect(text(row)).toMatch(/uploaded · continues (tomorrow )?at .*, in 9 h/)
    expect(text(await rowOf('still coming'))).toMatch(/left · upload: continues (tomorrow )?at .*, in 9 h/)
    expect(within(row).getAllByRole('link', { name: 'Open the storage' })[0]).toHaveAttribute('href', '/storage/2')
    expect(within(await rowOf('no place')).queryByRole('link', { name: 'Open the storage' })).not.toBeInTheDocument()
  })

  it('follows the events, and asks again when a status changes', async () => {
    let asked = 0
    server.use(
      http.get('/api/jobs', () => {
        asked += 1
        return HttpResponse.json(buildPage([buildJob({ id: 7, requestFileName: 'live', updatedAt: '2026-11-20T09:00:00Z' })]))
      }),
    )
    renderApp('/jobs')
    const row = await rowOf('live')
    act(() => FakeEventSource.last.open())
    await waitFor(() => expect(asked).toBe(2))
    act(() => FakeEventSource.last.send(buildEvent({ jobId: 7, bytesDownloaded: 3 * 1024 ** 3, downloadSpeed: 1024 ** 2 })))
    await waitFor(() => expect(text(row)).toContain('3.0 of 4.0 GiB · ↓ 1.0 MiB/s'))
    expect(asked).toBe(2)
    // Between two changes of status each worker tells its own half only.
    act(() => FakeEventSource.last.send({ jobId: 7, totalBytes: 4 * 1024 ** 3, bytesDownloaded: 3.5 * 1024 ** 3, at: new Date().toISOString() }))
    act(() => FakeEventSource.last.send({ jobId: 7, bytesUploaded: 1024 ** 3, at: new Date().toISOString() }))
    const bar = screen.getAllByRole('progressbar', { name: 'Progress' })[0]
    await waitFor(() => expect(bar).toHaveAttribute('aria-valuetext', '87\u00a0% downloaded, 25\u00a0% uploaded'))
    act(() => FakeEventSource.last.send(buildEvent({ jobId: 7, status: 'PENDING_UPLOAD' })))
    await waitFor(() => expect(asked).toBe(3))
  })

  it('survives an event and a row that it cannot read', async () => {
    answerJobs(buildJob({ id: 1, requestFileName: 'good' }), { id: 2, status: 'FROM_THE_FUTURE' })
    renderApp('/jobs')
    expect(await rows()).toHaveLength(1)
    expect(screen.getByText(/could not be read/)).toHaveTextContent(/1\sjob could not be read/)
    act(() => FakeEventSource.last.send('{"half":'))
    expect(await rows()).toHaveLength(1)
  })

  it('never reorders under the pointer', async () => {
    const old = [buildJob({ id: 1, requestFileName: 'first' }), buildJob({ id: 2, requestFileName: 'second' })]
    answerJobs(...old)
    const { client, user } = renderApp('/jobs')
    await user.hover(await rowOf('second'))
    answerJobs(buildJob({ id: 3, requestFileName: 'newest' }), old[1]!)
    await act(() => client.invalidateQueries({ queryKey: ['jobs'] }))
    const names = async () => (await rows()).map((row) => within(row).getByRole('link').textContent)
    expect(await names()).toEqual(['first', 'second'])
    await user.unhover(await rowOf('second'))
    await user.hover(screen.getByRole('heading', { name: 'Jobs' }))
    await waitFor(async () => expect(await names()).toEqual(['newest', 'second']))
  })

  it('shows what went wrong and tries again on demand', async () => {
    server.use(http.get('/api/jobs', () => problem(400, 'Broken', 'The database is being moved.')))
    const { user } = renderApp('/jobs')
    expect(await screen.findByText('The database is being moved.')).toBeVisible()
    answerJobs(buildJob({ requestFileName: 'back' }))
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findByRole('link', { name: 'back' })).toBeVisible()
  })

  it('leads a new person to the first step that is missing', async () => {
    answerJobs()
    server.use(http.get('/api/storage/profiles', () => HttpResponse.json([])))
    renderApp('/jobs')
    expect(await screen.findByText('Three steps to the first job')).toBeVisible()
    expect(await screen.findByRole('link', { name: 'Connect a storage' })).toHaveAttribute('href', '/storage/new')
  })
})

describe('filters live in the address', () => {
  it('a state filter is asked of the server and starts at page one', async () => {
    const asked: string[] = []
    server.use(
      http.get('/api/jobs', ({ request }) => {
        asked.push(new URL(request.url).search)
        return HttpResponse.json(buildPage([buildJob()], { totalCount: 60, totalPages: 3 }))
      }),
    )
    const { user } = renderApp('/jobs?page=2')
    await user.click(await screen.findByRole('button', { name: /^Done\s*8$/ }))
    expect(address()).toBe('/jobs?status=COMPLETED')
    await user.click(await screen.findByRole('button', { name: 'Next page' }))
    expect(address()).toBe('/jobs?status=COMPLETED&page=2')
    await waitFor(() => expect(asked).toContain('?pageNumber=2&pageSize=25&status=COMPLETED'))
    expect(asked[0]).toBe('?pageNumber=2&pageSize=25')
  })

  it('a search looks at every page and says what it found', async () => {
    server.use(
      http.get('/api/jobs', ({ request }) => {
        const page = Number(new URL(request.url).searchParams.get('pageNumber'))
        const name = page === 2 ? 'debian on page two' : 'something else'
        return HttpResponse.json(buildPage([buildJob({ id: page, requestFileName: name })], { totalCount: 2, totalPages: 2, pageNumber: page }))
      }),
    )
    const { user } = renderApp('/storage')
    await screen.findByRole('heading', { name: 'Storage' })
    await user.keyboard('/')
    await user.keyboard('DEBIAN')
    expect(await screen.findByRole('link', { name: 'debian on page two' })).toBeVisible()
    expect(address()).toBe('/jobs?q=DEBIAN')
    expect(screen.getByText(/matches/)).toHaveTextContent(/1\sjob matches “DEBIAN”/)
    await user.click(screen.getByRole('button', { name: 'Clear search' }))
    expect(address()).toBe('/jobs')
  })
})

describe('acting on a job', () => {
  it('cancels after a question, and says what the server refused', async () => {
    const cancelled: string[] = []
    server.use(http.post('/api/jobs/:id/cancel', () => problem(400, 'JobCompleted', 'Cannot cancel a completed job.')))
    const { user } = renderApp('/jobs')
    await user.click(within(await rowOf('debian-12.8.0-amd64-DVD-1.iso')).getByRole('button', { name: /Actions for/ }))
    await user.click(await screen.findByRole('menuitem', { name: 'Cancel job' }))
    const dialog = screen.getByRole('alertdialog', { name: 'Cancel this job?' })
    expect(within(dialog).getByRole('button', { name: 'Keep job' })).toHaveFocus()
    await user.click(within(dialog).getByRole('button', { name: 'Cancel job' }))
    expect(await within(dialog).findByRole('alert')).toHaveTextContent('Cannot cancel a completed job.')
    server.use(
      http.post('/api/jobs/:id/cancel', ({ params, request }) => {
        cancelled.push(`${String(params.id)} ${request.headers.get('X-CSRF-Token')}`)
        return new HttpResponse(null, { status: 200 })
      }),
    )
    await user.click(within(dialog).getByRole('button', { name: 'Cancel job' }))
    await waitFor(() => expect(screen.queryByRole('alertdialog')).not.toBeInTheDocument())
    expect(cancelled).toEqual(['111 0b5c1f0d2a1e4a57b6c8d9e0f1a2b3c4'])
  })

  it('works by keyboard alone', async () => {
    const retried: unknown[] = []
    server.use(
      http.post('/api/jobs/:id/retry', ({ params }) => {
        retried.push(params.id)
        return new HttpResponse(null, { status: 200 })
      }),
    )
    answerJobs(buildJob({ id: 1, requestFileName: 'one' }), buildJob({ id: 2, requestFileName: 'two', status: 'UPLOAD_FAILED', canRetry: true, canCancel: false }))
    const { user } = renderApp('/jobs')
    await rows()
    await user.keyboard('jj')
    expect(screen.getByRole('link', { name: 'two' })).toHaveFocus()
    await user.keyboard('c')
    expect(screen.queryByRole('alertdialog')).not.toBeInTheDocument()
    await user.keyboard('r')
    expect(await screen.findByText('two was started again.')).toBeVisible()
    expect(retried).toEqual(['2'])
    await user.keyboard('kc')
    await user.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Keep job' }))
    expect(screen.getByRole('link', { name: 'one' })).toHaveFocus()
    await user.keyboard('{Enter}')
    expect(address()).toBe('/jobs/1')
  })
})
