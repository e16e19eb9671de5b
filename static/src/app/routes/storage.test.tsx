import { screen, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import { renderApp } from '@/testing/render'
import { problem, server } from '@/testing/server'

describe('the storages', () => {
  it('are cards with their account, default and trouble', async () => {
    renderApp('/storage')
    const [backblaze, drive] = await screen.findAllByTestId('profile-card')
    expect(within(backblaze!).getByRole('link', { name: 'Backblaze' })).toHaveAttribute('href', '/storage/2')
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
    expect(await within(dialog).findByRole('alert')).toHaveTextContent('Active jobs use this storage')
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
