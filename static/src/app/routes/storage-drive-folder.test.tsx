import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import type { DriveDetails, Profile } from '@/features/storage/model'
import { contract } from '@/testing/contract'
import { renderApp } from '@/testing/render'
import { problem, server } from '@/testing/server'

const golden = contract<Profile>('profile-detail-gdrive')
const none = { folderId: null, folderName: null, driveId: null, driveName: null }
const profile = (drive: Partial<DriveDetails>) => ({ ...golden, googleDrive: { ...golden.googleDrive!, ...drive } })
const shows = (drive: Partial<DriveDetails>) => server.use(http.get('/api/storage/profiles/3', () => HttpResponse.json(profile(drive))))

function recordChanges(answer: Partial<DriveDetails>) {
  const changes: unknown[] = []
  server.use(
    http.patch('/api/storage/profiles/3', async ({ request }) => {
      changes.push(await request.json())
      shows(answer)
      return HttpResponse.json(profile(answer))
    }),
  )
  return changes
}

const openForm = async (user: ReturnType<typeof renderApp>['user']) => {
  await user.click(within(await screen.findByRole('region', { name: 'Connection' })).getByRole('button', { name: 'Change' }))
  return screen.getByRole('form', { name: 'Change the folder' })
}

describe('the folder of a Google Drive storage', () => {
  it.each([
    [{}, '“Archive” in the shared drive “Team”'],
    [none, '“torrents” in My Drive'],
    [{ driveId: null, driveName: null }, '“Archive” in My Drive'],
    [{ driveName: null }, '“Archive” in a shared drive'],
    [{ folderId: '0AKf3xYz' }, 'the top of the shared drive “Team”'],
  ])('is told in words: %o', async (drive, words) => {
    shows(drive)
    renderApp('/storage/3')
    expect(await screen.findByText(words)).toBeVisible()
  })

  it('is chosen by its link', async () => {
    shows(none)
    const changes = recordChanges({})
    const { user } = renderApp('/storage/3')
    const form = await openForm(user)
    expect(within(form).queryByRole('button', { name: 'Use My Drive' })).not.toBeInTheDocument()
    await user.click(within(form).getByRole('button', { name: 'Save' }))
    expect(within(form).getByLabelText('Folder in Google Drive')).toHaveAccessibleDescription('Paste the link of a folder, or its id.')
    await user.type(within(form).getByLabelText('Folder in Google Drive'), ' https://drive.google.com/drive/folders/1uVz0 ')
    await user.click(within(form).getByRole('button', { name: 'Save' }))
    expect(await screen.findByText('“Archive” in the shared drive “Team”')).toBeVisible()
    expect(changes).toEqual([{ gdriveFolder: 'https://drive.google.com/drive/folders/1uVz0' }])
  })

  it('is given up for the app’s own', async () => {
    shows({})
    const changes = recordChanges(none)
    const { user } = renderApp('/storage/3')
    const form = await openForm(user)
    await user.click(within(form).getByRole('button', { name: 'Use My Drive' }))
    expect(await screen.findByText('“torrents” in My Drive')).toBeVisible()
    expect(changes).toEqual([{ gdriveFolder: null }])
  })

  it('that cannot be used says why, at the field', async () => {
    server.use(http.patch('/api/storage/profiles/3', () => problem(422, 'InvalidFolder', 'The folder "Archive" is in the trash.')))
    const { user } = renderApp('/storage/3')
    const form = await openForm(user)
    const field = within(form).getByLabelText('Folder in Google Drive')
    await user.type(field, '1uVz0')
    await user.click(within(form).getByRole('button', { name: 'Save' }))
    await waitFor(() => expect(field).toHaveAccessibleDescription('The folder "Archive" is in the trash.'))
    await user.type(field, 'x')
    expect(field).not.toHaveAccessibleDescription('The folder "Archive" is in the trash.')
  })
})
