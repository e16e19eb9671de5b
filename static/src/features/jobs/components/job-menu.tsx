import { Ellipsis, ExternalLink, RotateCw, X } from 'lucide-react'
import { useNavigate } from 'react-router'
import { IconButton } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import { paths } from '@/config/paths'
import type { Job } from '@/features/jobs/model'
import { statusTable } from '@/features/jobs/status'

type JobMenuProps = { job: Job; onCancel: (job: Job) => void; onRetry: (job: Job) => void }

export function JobMenu({ job, onCancel, onRetry }: JobMenuProps) {
  const navigate = useNavigate()
  const name = job.requestFileName ?? `Job ${job.id}`
  return (
    <Menu
      label={`Actions for ${name}`}
      trigger={
        <IconButton label={`Actions for ${name}`}>
          <Ellipsis aria-hidden />
        </IconButton>
      }
    >
      <MenuItem onSelect={() => void navigate(paths.job.href(job.id))}>
        <ExternalLink aria-hidden />
        Open
      </MenuItem>
      {job.canRetry && (
        <MenuItem onSelect={() => onRetry(job)}>
          <RotateCw aria-hidden />
          {statusTable[job.status].retryLabel}
        </MenuItem>
      )}
      {job.canCancel && (
        <MenuItem tone="danger" onSelect={() => onCancel(job)}>
          <X aria-hidden />
          Cancel job
        </MenuItem>
      )}
    </Menu>
  )
}
