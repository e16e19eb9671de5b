import type { RefObject } from 'react'
import type { Job } from '@/features/jobs/model'
import { useHotkeys } from '@/hooks/use-hotkeys'

type Actions = { onCancel: (job: Job) => void; onRetry: (job: Job) => void }

/** j and k walk through the rows, r and c act on the one that has the focus; Enter is the link's own. */
export function useListHotkeys(list: RefObject<HTMLElement | null>, jobs: readonly Job[], { onCancel, onRetry }: Actions): void {
  const links = () => [...(list.current?.querySelectorAll<HTMLElement>('[data-job-link]') ?? [])]
  const move = (step: 1 | -1) => {
    const all = links()
    const here = all.findIndex((link) => link.closest('li')?.contains(document.activeElement))
    const next = here === -1 ? (step === 1 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + step))
    all[next]?.focus()
  }
  const focused = () => {
    const id = document.activeElement?.closest<HTMLElement>('[data-job-id]')?.dataset.jobId
    return jobs.find((job) => String(job.id) === id)
  }
  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    r: () => {
      const job = focused()
      if (job?.canRetry) onRetry(job)
    },
    c: () => {
      const job = focused()
      if (job?.canCancel) onCancel(job)
    },
  })
}
