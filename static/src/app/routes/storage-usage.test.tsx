import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Usage } from '@/features/storage/model'
import { buildUsage } from '@/testing/builders'
import { contract } from '@/testing/contract'
import { address, renderApp } from '@/testing/render'
import { problem, server } from '@/testing/server'

const answer = (over: Partial<Usage>) => server.use(http.get('/api/storage/profiles/:id/usage', () => HttpResponse.json(buildUsage(over))))
const shows = (over: object) => server.use(http.get('/api/storage/profiles/3', () => HttpResponse.json({ ...contract<object>('profile-detail-gdrive'), ...over })))
const text = (element: Element) => (element.textContent ?? '').replaceAll('\u00a0', ' ')

describe('the usage of a Google account', () => {
  beforeEach(() => shows({ needsReauth: false }))

  it('is two bars with their figures', async () => {
    renderApp('/storage/3')
    const storage = await screen.findByRole('meter', { name: 'Storage' })
    expect(storage).toHaveAttribute('aria-valuenow', '40')
    expect(storage.getAttribute('aria-valuetext')?.replaceAll('\u00a0', ' ')).toBe('6.0 of 15.0 GiB used, 9.0 GiB free')
    const day = screen.getByRole('meter', { name: 'Sent in 24 hours' })
    expect(day).toHaveAttribute('aria-valuenow', '68')
    expect(day.getAttribute('aria-valuetext')?.replaceAll('\u00a0', ' ')).toBe('476.8 of 698.5 GiB')
  })

  it('has no bar without a limit', async () => {
    answer({ storage: { limitBytes: null, usedBytes: 5 * 1024 ** 3, freeBytes: null, checkedAt: null } })
    renderApp('/storage/3')
    expect(text(await screen.findByRole('region', { name: 'Usage' }))).toContain('Usage')
    expect(await screen.findByText(/5\.0.GiB used, no limit/)).toBeVisible()
    expect(screen.queryByRole('meter', { name: 'Storage' })).not.toBeInTheDocument()
  })

  it('says that Google tells nothing', async () => {
    answer({ storage: null })
    renderApp('/storage/3')
    expect(await screen.findByText(/Google does not tell/)).toBeVisible()
  })

  it('says when there is room again', async () => {
    answer({ day: { sentBytes: 750e9, limitBytes: 750e9, freeAt: new Date(Date.now() + 3.5 * 3_600_000).toISOString() } })
    renderApp('/storage/3')
    await screen.findByRole('meter', { name: 'Sent in 24 hours' })
    expect(text(screen.getByRole('region', { name: 'Usage' }))).toMatch(/There is room again (tomorrow )?at .*, in 3 h\./)
  })

  it('that cannot be read can be asked for again, and the page stands', async () => {
    server.use(http.get('/api/storage/profiles/:id/usage', () => problem(422, 'NeedsReauth', 'Sign in to Google again.')))
    const { user } = renderApp('/storage/3')
    expect(await screen.findByText('Sign in to Google again.')).toBeVisible()
    expect(screen.getByRole('region', { name: 'Connection' })).toBeVisible()
    answer({})
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findByRole('meter', { name: 'Storage' })).toBeVisible()
  })

  it('is not asked of an account that needs a new login', async () => {
    shows({ needsReauth: true })
    renderApp('/storage/3')
    await screen.findByRole('region', { name: 'Connection' })
    expect(screen.queryByRole('region', { name: 'Usage' })).not.toBeInTheDocument()
  })

  it('is not asked for once the storage is disconnected', async () => {
    let asked = 0
    server.use(
      http.get('/api/storage/profiles/3/usage', () => {
        asked += 1
        return HttpResponse.json(buildUsage())
      }),
      http.delete('/api/storage/profiles/3', () => new HttpResponse(null, { status: 204 })),
    )
    const { user } = renderApp('/storage/3')
    await screen.findByRole('meter', { name: 'Storage' })
    await user.click(screen.getByRole('button', { name: 'Disconnect' }))
    await user.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Disconnect' }))
    await waitFor(() => expect(address()).toBe('/storage'))
    expect(asked).toBe(1)
  })

  it('is none of an S3 storage', async () => {
    renderApp('/storage/2')
    await screen.findByRole('region', { name: 'Connection' })
    expect(screen.queryByRole('region', { name: 'Usage' })).not.toBeInTheDocument()
  })
})
