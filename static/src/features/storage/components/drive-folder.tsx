import { type FormEvent, useState } from 'react'
import { errorText } from '@/components/error-state'
import { Button } from '@/components/ui/button'
import { TextField } from '@/components/ui/field'
import { useUpdateProfile } from '@/features/storage/api/update-profile'
import type { DriveDetails } from '@/features/storage/model'
import { showToast } from '@/lib/toast'

type DriveFolderProps = { id: number; drive: DriveDetails }

/** Where jobs go in Drive; a press turns it into the form that changes it. */
export function DriveFolder({ id, drive }: DriveFolderProps) {
  const [editing, setEditing] = useState(false)
  if (editing) return <FolderForm id={id} drive={drive} onDone={() => setEditing(false)} />
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
      <span className="min-w-0 [overflow-wrap:anywhere]">{folderWords(drive)}</span>
      <Button variant="quiet" className="-my-1.5 -mr-2 h-8" onClick={() => setEditing(true)}>
        Change
      </Button>
    </div>
  )
}

function folderWords({ folderId, folderName, driveId, driveName }: DriveDetails): string {
  if (folderId === null) return '“torrents” in My Drive'
  // Google tells the name of a shared drive only to those who may see all of it.
  const place = driveId === null ? 'My Drive' : driveName === null ? 'a shared drive' : `the shared drive “${driveName}”`
  // The top of a shared drive is a folder with the drive's own id.
  return folderId === driveId ? `the top of ${place}` : `“${folderName ?? folderId}” in ${place}`
}

function FolderForm({ id, drive, onDone }: DriveFolderProps & { onDone: () => void }) {
  const [folder, setFolder] = useState('')
  const [missing, setMissing] = useState(false)
  const update = useUpdateProfile(id)
  const save = (gdriveFolder: string | null, done: string) => {
    if (update.isPending) return
    update.mutate(
      { gdriveFolder },
      {
        onSuccess: () => {
          showToast(done)
          onDone()
        },
      },
    )
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setMissing(folder.trim() === '')
    if (folder.trim()) save(folder.trim(), 'New jobs go to this folder.')
  }
  return (
    <form noValidate onSubmit={submit} aria-label="Change the folder" className="space-y-3">
      <TextField
        label="Folder in Google Drive"
        placeholder="https://drive.google.com/drive/folders/…"
        hint="Paste the folder’s link or its id. One of a shared drive is fine. Files that are uploaded already stay where they are."
        autoComplete="off"
        spellCheck={false}
        value={folder}
        error={missing ? 'Paste the link of a folder, or its id.' : update.error ? errorText(update.error) : undefined}
        onChange={(event) => {
          setFolder(event.target.value)
          setMissing(false)
          update.reset()
        }}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button variant="quiet" onClick={onDone}>
          Cancel
        </Button>
        {drive.folderId !== null && (
          <Button busy={update.isPending} onClick={() => save(null, 'New jobs go to “torrents” in My Drive.')}>
            Use My Drive
          </Button>
        )}
        <Button type="submit" variant="primary" busy={update.isPending}>
          Save
        </Button>
      </div>
    </form>
  )
}
