import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'

const groups: { title: string; keys: [keys: string, what: string][] }[] = [
  {
    title: 'Anywhere',
    keys: [
      ['n', 'New torrent'],
      ['/', 'Search jobs'],
      ['g j', 'Go to jobs'],
      ['g s', 'Go to storage'],
      ['g a', 'Go to the account'],
      ['?', 'This sheet'],
    ],
  },
  {
    title: 'Jobs',
    keys: [
      ['j', 'Next job'],
      ['k', 'Previous job'],
      ['Enter', 'Open the job'],
      ['r', 'Retry the job'],
      ['c', 'Cancel the job (asks first)'],
    ],
  },
  {
    title: 'File tree',
    keys: [
      ['↑ ↓', 'Move'],
      ['← →', 'Close or open a folder'],
      ['Space', 'Select or clear'],
    ],
  },
]

export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <div className="mt-4 space-y-5">
        {groups.map(({ title, keys }) => (
          <section key={title}>
            <h3 className="text-xs text-muted">{title}</h3>
            <dl className="mt-1 divide-y divide-line">
              {keys.map(([combination, what]) => (
                <div key={combination} className="flex items-center justify-between gap-4 py-1.5">
                  <dt>{what}</dt>
                  <dd className="flex gap-1">
                    {combination.split(' ').map((key) => (
                      <kbd key={key} className="inline-flex min-w-6 justify-center rounded-sm border border-line-strong/60 bg-sunken px-1.5 font-sans text-xs leading-5">
                        {key}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <div className="mt-5 flex justify-end">
        <Button onClick={onClose}>Close</Button>
      </div>
    </Dialog>
  )
}
