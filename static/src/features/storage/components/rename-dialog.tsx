import { type FormEvent, useState } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { TextField } from '@/components/ui/field'
import { useUpdateProfile } from '@/features/storage/api/update-profile'
import type { Profile } from '@/features/storage/model'
import { nameError, serverErrors } from '@/features/storage/s3-validation'

export function RenameDialog({ profile, onClose }: { profile: Profile; onClose: () => void }) {
  const [name, setName] = useState(profile.profileName)
  const [wrong, setWrong] = useState<string | null>(null)
  const update = useUpdateProfile(profile.id)
  const { fields, rest } = serverErrors(update.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (update.isPending) return
    if (name.trim() === profile.profileName) return onClose()
    const problem = nameError(name)
    setWrong(problem)
    if (!problem) update.mutate({ profileName: name.trim() }, { onSuccess: onClose })
  }
  return (
    <Dialog title="Rename this storage" onClose={onClose}>
      <form noValidate onSubmit={submit} className="mt-4">
        <TextField
          label="Name"
          autoComplete="off"
          value={name}
          error={wrong ?? fields.profileName ?? rest ?? undefined}
          onChange={(event) => {
            setName(event.target.value)
            setWrong(null)
            update.reset()
          }}
        />
        <div className="mt-5 flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={update.isPending}>
            Rename
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
