import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { delay, http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'
import { describeSwarm } from '@/features/torrents/swarm-words'
import type { Analysis } from '@/features/torrents/model'
import { torrentFile } from '@/testing/builders'
import { contract } from '@/testing/contract'
import { address, renderApp } from '@/testing/render'
import { problem, server } from '@/testing/server'

const created: unknown[] = []

beforeEach(() => {
  created.length = 0
  server.use(
    http.post('/api/torrents/analyze', () => HttpResponse.json(contract('analyze'))),
    http.post('/api/torrents/create-job', async ({ request }) => {
      created.push(await request.json())
      return HttpResponse.json(contract('create-job'))
    }),
  )
})

async function choose(file = torrentFile()) {
  const { user, client } = renderApp('/new')
  fireEvent.change(await screen.findByLabelText('Torrent file'), { target: { files: [file] } })
  return { user, client }
}
const item = (name: string) => screen.getByRole('treeitem', { name: new RegExp(`^${name}\\s?,`) })

describe('the file', () => {
  it.each([
    ['film.mkv', 'd8:announce0:e', 'is not a .torrent file'],
    ['empty.torrent', '', 'is empty'],
    ['page.torrent', '<!doctype html>', 'does not contain a torrent'],
  ])('%s with “%s” is refused before it is sent', async (name, content, sentence) => {
    let asked = 0
    server.use(
      http.post('/api/torrents/analyze', () => {
        asked += 1
        return HttpResponse.json(contract('analyze'))
      }),
    )
    await choose(torrentFile(name, content))
    expect(await screen.findByRole('alert')).toHaveTextContent(sentence)
    expect(asked).toBe(0)
  })

  it('is sent under its name with the CSRF token', async () => {
    const seen: string[] = []
    server.use(
      http.post('/api/torrents/analyze', ({ request }) => {
        seen.push(`${request.headers.get('X-CSRF-Token')} ${request.headers.get('Content-Type')?.split(';')[0]}`)
        return HttpResponse.json(contract('analyze'))
      }),
    )
    await choose()
    expect(await screen.findByRole('tree')).toBeVisible()
    expect(seen).toEqual(['0b5c1f0d2a1e4a57b6c8d9e0f1a2b3c4 multipart/form-data'])
  })

  it('that the server refuses says why and leaves the way open', async () => {
    server.use(http.post('/api/torrents/analyze', () => problem(422, 'InvalidTorrent', 'The torrent ends in the middle of its piece list.')))
    await choose()
    expect(await screen.findByRole('alert')).toHaveTextContent('ends in the middle')
    expect(screen.getByRole('button', { name: /Choose a .torrent file/ })).toBeEnabled()
  })

  it('can be taken back while it is looked at', async () => {
    server.use(
      http.post('/api/torrents/analyze', async () => {
        await delay('infinite')
      }),
    )
    const { user } = await choose()
    await user.click(await screen.findByRole('button', { name: 'Stop' }))
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Stop' })).not.toBeInTheDocument())
    expect(screen.queryByRole('alert')).not.toBeInTheDocument()
  })

  it('may be pasted', async () => {
    renderApp('/new')
    await screen.findByLabelText('Torrent file')
    fireEvent.paste(document.body, { clipboardData: { files: [torrentFile()] } })
    expect(await screen.findByRole('tree')).toBeVisible()
  })
})

describe('the choice', () => {
  it('starts everything with the default destination and goes to the job', async () => {
    const { user } = await choose()
    expect(await screen.findByText('Healthy')).toBeVisible()
    expect(screen.getByLabelText('Upload to')).toHaveDisplayValue('Backblaze (default)')
    expect(screen.getByRole('status', { name: 'Selection' })).toHaveTextContent(/4 of 4\sfiles/)
    await user.click(screen.getByRole('button', { name: 'Start' }))
    await waitFor(() => expect(address()).toBe('/jobs/112'))
    expect(created).toEqual([{ torrentFileId: 14, selectedFilePaths: null, storageProfileId: 2 }])
  })

  it('sends exactly what is selected, like the contract', async () => {
    const { user } = await choose()
    const tree = await screen.findByRole('tree')
    await user.click(item('extras'))
    await user.click(item('subtitles'))
    expect(item('sintel')).toHaveAttribute('aria-checked', 'mixed')
    expect(within(tree).getAllByRole('treeitem')).toHaveLength(7)
    await user.click(screen.getByRole('button', { name: 'Start' }))
    await waitFor(() => expect(created).toHaveLength(1))
    const expected = contract<{ selectedFilePaths: string[] }>('create-job-request')
    expect({ ...(created[0] as object), selectedFilePaths: [...(created[0] as typeof expected).selectedFilePaths].sort() }).toEqual({
      ...expected,
      selectedFilePaths: [...expected.selectedFilePaths].sort(),
    })
  })

  it('is possible with the keyboard alone', async () => {
    const { user } = await choose()
    const tree = await screen.findByRole('tree')
    tree.focus()
    const current = () => document.getElementById(tree.getAttribute('aria-activedescendant')!)
    expect(current()).toBe(item('extras'))
    await user.keyboard('{ArrowLeft}{ArrowDown}')
    expect(item('extras')).toHaveAttribute('aria-expanded', 'false')
    expect(current()).toBe(item('sintel'))
    await user.keyboard(' ')
    expect(item('sintel')).toHaveAttribute('aria-checked', 'false')
    await user.keyboard('{End}')
    expect(current()).toBe(item('README.txt'))
    await user.keyboard('s')
    expect(current()).toBe(item('sintel'))
    await user.keyboard('{ArrowRight}{ArrowRight}{ArrowRight}{ArrowLeft}')
    expect(current()).toBe(item('subtitles'))
  })

  it('of nothing cannot be started', async () => {
    const { user } = await choose()
    await user.click(await screen.findByRole('button', { name: 'Clear' }))
    expect(screen.getByRole('button', { name: 'Start' })).toBeDisabled()
    expect(screen.getByText('Select at least one file.')).toBeVisible()
  })

  it('can be filtered, and clearing clears what is shown', async () => {
    const { user } = await choose()
    await user.type(await screen.findByLabelText('Filter files'), 'mkv')
    expect(await screen.findByText(/1\sfile shown of 4/)).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Clear shown' }))
    expect(screen.getByRole('status', { name: 'Selection' })).toHaveTextContent(/3 of 4\sfiles/)
  })

  it('of a destination that needs a login is blocked with the reason', async () => {
    const { user } = await choose()
    await user.selectOptions(await screen.findByLabelText('Upload to'), 'Work Drive – cannot be used now')
    expect(screen.getByLabelText('Upload to')).toHaveAccessibleDescription('This storage needs a new login.')
    expect(screen.getByRole('button', { name: 'Start' })).toBeDisabled()
  })

  it('links to the job that already downloads it', async () => {
    server.use(http.post('/api/torrents/create-job', () => problem(409, 'JobAlreadyExists', 'Active job exists. ID: 77, Status: DOWNLOADING')))
    const { user } = await choose()
    await user.click(await screen.findByRole('button', { name: 'Start' }))
    expect(await screen.findByRole('link', { name: 'Open that job' })).toHaveAttribute('href', '/jobs/77')
  })

  it('draws only what is looked at of five thousand files', async () => {
    const files = Array.from({ length: 5_000 }, (_, index) => ({ index, path: `f${index}`, size: 1 }))
    server.use(http.post('/api/torrents/analyze', () => HttpResponse.json({ ...contract<object>('analyze'), files })))
    await choose()
    const tree = await screen.findByRole('tree')
    expect(within(tree).getAllByRole('treeitem').length).toBeLessThan(60)
    expect(item('f0')).toHaveAttribute('aria-setsize', '5000')
  })
})

describe('the swarm in words', () => {
  const health = contract<Analysis>('analyze').torrentHealth
  it.each([
    [{ seeders: 0, leechers: 0, isDead: true, isHealthy: false }, 'No sign of life'],
    [{ seeders: 0, leechers: 3, isDead: false, isHealthy: false }, 'Nobody is complete'],
    [{ seeders: 2, leechers: 9, isWeak: true, isHealthy: false }, 'Weak'],
    [{}, 'Healthy'],
  ])('%o is %s', (over, word) => expect(describeSwarm({ ...health, ...over }).word).toBe(word))
})
