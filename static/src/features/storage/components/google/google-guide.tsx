import { ExternalLink, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { CopyButton } from '@/components/copy-button'
import { addressProblem, redirectUri } from '@/features/storage/google/redirect-uri'

const CLOUD = 'https://console.cloud.google.com'

/** From nothing to a client ID, for somebody who has never seen Google Cloud; the last step is the form. */
export function GoogleGuide({ children }: { children: ReactNode }) {
  const uri = redirectUri()
  const problem = addressProblem(uri)
  return (
    <ol className="space-y-6">
      <Step number={1} title="Make a project">
        <p>
          Open <Outside href={`${CLOUD}/projectcreate`}>New project</Outside>, give it any name, for example TorrentClou, and choose <Key>Create</Key>. It costs nothing.
        </p>
      </Step>
      <Step number={2} title="Switch the Drive API on">
        <p>
          Open the <Outside href={`${CLOUD}/apis/library/drive.googleapis.com`}>Google Drive API</Outside>, see that your project is chosen at the top, and choose <Key>Enable</Key>.
        </p>
      </Step>
      <Step number={3} title="Say what your app is">
        <p>
          Open <Outside href={`${CLOUD}/auth/overview`}>Google Auth Platform</Outside> and choose <Key>Get started</Key>. Enter a name and your e-mail address, take the audience{' '}
          <Key>External</Key>, and finish.
        </p>
        <p>
          Then, under <Key>Audience</Key>, choose <Key>Publish app</Key>. While an app is only tested, Google ends every login after seven days.
        </p>
      </Step>
      <Step number={4} title="Make the client">
        <p>
          Under <Outside href={`${CLOUD}/auth/clients`}>Clients</Outside> choose <Key>Create client</Key> and the type <Key>Web application</Key>. At <Key>Authorised redirect URIs</Key> add exactly this:
        </p>
        <p className="flex items-center gap-1 rounded-md border border-line bg-sunken py-1 pr-1 pl-3">
          <code data-testid="redirect-uri" className="min-w-0 flex-1 font-mono text-xs break-all">
            {uri}
          </code>
          <CopyButton text={uri} label="Copy the redirect URI" />
        </p>
        {problem && (
          <p className="flex gap-2 rounded-md bg-waiting-soft px-3 py-2">
            <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-waiting" />
            {problem}
          </p>
        )}
        <p>
          Choose <Key>Create</Key>, then <Key>Download JSON</Key>, or leave the window with the secret open: Google shows it only once.
        </p>
      </Step>
      <Step number={5} title="Bring the client here" last>
        {children}
      </Step>
    </ol>
  )
}

function Step({ number, title, children, last = false }: { number: number; title: string; children: ReactNode; last?: boolean }) {
  return (
    <li className="relative flex gap-3 sm:gap-4">
      {!last && <span aria-hidden className="absolute top-8 bottom-[-1.25rem] left-3 w-px bg-line" />}
      <span aria-hidden className="num inline-flex size-6 shrink-0 items-center justify-center rounded-full bg-idle-soft text-xs font-semibold">
        {number}
      </span>
      <div className="min-w-0 flex-1 space-y-2">
        <h3 className="leading-6 font-semibold">{title}</h3>
        {children}
      </div>
    </li>
  )
}

function Outside({ href, children }: { href: string; children: string }) {
  return (
    <a href={href} target="_blank" rel="noreferrer" className="rounded-sm font-semibold whitespace-nowrap text-action underline underline-offset-2">
      {children}
      <ExternalLink aria-label="(opens in a new tab)" className="ml-1 inline size-3.5 align-[-0.15em]" />
    </a>
  )
}

/** What stands on Google's own buttons. */
function Key({ children }: { children: string }) {
  return <b className="font-semibold">{children}</b>
}
