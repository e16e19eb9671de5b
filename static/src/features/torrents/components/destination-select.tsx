import { Link } from 'react-router'
import { errorText } from '@/components/error-state'
import { Button, buttonClass } from '@/components/ui/button'
import { SelectField } from '@/components/ui/field'
import { Skeleton } from '@/components/ui/skeleton'
import type { Destinations } from '@/features/torrents/components/new-torrent'
import type { Destination } from '@/features/torrents/model'

type DestinationSelectProps = { destinations: Destinations; value: Destination | null; onChange: (id: number) => void }

export function DestinationSelect({ destinations, value, onChange }: DestinationSelectProps) {
  const { list, error, retry, newHref } = destinations
  if (!list && error) {
    return (
      <div role="alert">
        <p className="text-failed">{errorText(error)}</p>
        <Button className="mt-2" onClick={retry}>
          Try again
        </Button>
      </div>
    )
  }
  if (!list) return <Skeleton className="h-9" />
  if (list.length === 0 || !value) {
    return (
      <div>
        <p className="text-muted">No storage is connected yet, so there is nowhere to upload to.</p>
        <Link to={newHref} className={buttonClass('secondary', 'mt-3')}>
          Connect a storage
        </Link>
      </div>
    )
  }
  return (
    <SelectField
      label="Upload to"
      value={value.id}
      error={value.problem ?? undefined}
      onChange={(event) => onChange(Number(event.target.value))}
    >
      {list.map((destination) => (
        <option key={destination.id} value={destination.id}>
          {destination.name}
          {destination.isDefault && ' (default)'}
          {destination.problem && ' – cannot be used now'}
        </option>
      ))}
    </SelectField>
  )
}
