import { TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { errorText } from '@/components/error-state'
import { Button } from '@/components/ui/button'
import { Disclosure } from '@/features/storage/components/disclosure'
import { outcomeWords } from '@/features/storage/google/outcome'
import type { useConsent } from '@/features/storage/google/use-consent'

type ConsentStatusProps = { consent: ReturnType<typeof useConsent> }

/** Where a login at Google stands: under way in another window, refused with the reason, or not begun at all. */
export function ConsentStatus({ consent }: ConsentStatusProps) {
  if (consent.waitingAt !== null) return <Waiting consent={consent} />
  if (consent.refused) return <Refused {...consent.refused} />
  if (!consent.error) return null
  return (
    <p role="alert" className="rounded-md bg-failed-soft px-4 py-3 text-failed [overflow-wrap:anywhere]">
      {errorText(consent.error)}
    </p>
  )
}

function Waiting({ consent }: ConsentStatusProps) {
  return (
    <div role="status" aria-label="Login at Google" className="rounded-md bg-moving-soft p-4">
      <h3 className="font-semibold">Continue in the window of Google</h3>
      <p className="mt-1">Choose the account and allow access to the files that TorrentClou creates. This page goes on by itself.</p>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button onClick={consent.continueHere}>Continue in this window instead</Button>
        <Button variant="quiet" onClick={consent.cancel}>
          Stop waiting
        </Button>
      </div>
      <div className="mt-2">
        <Disclosure summary="Google shows an error">
          <dl className="space-y-3">
            <Trouble name="Error 400: redirect_uri_mismatch">The redirect URI at Google differs from the saved one. They must be equal, letter by letter.</Trouble>
            <Trouble name="Error 401: invalid_client">The client ID was mistyped, or the client was deleted at Google.</Trouble>
            <Trouble name="Error 403: access_denied">The app is still being tested and this account is no test user. Publish the app, or add the account.</Trouble>
            <Trouble name="Google hasn’t verified this app">It is your own app. Choose Advanced, then “Go to” its name.</Trouble>
          </dl>
        </Disclosure>
      </div>
    </div>
  )
}

function Trouble({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt className="font-semibold">{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

export function Refused({ code, message, action }: { code: string; message: string; action?: ReactNode }) {
  const { title, text, next } = outcomeWords({ code, message })
  return (
    <section role="alert" aria-label="The login at Google failed" data-code={code} className="flex gap-3 rounded-md bg-failed-soft p-4">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-failed" />
      <div className="min-w-0 space-y-1 [overflow-wrap:anywhere]">
        <h3 className="font-semibold">{title}</h3>
        <p>{text}</p>
        <p>{next}</p>
        {action && <div className="flex flex-wrap gap-2 pt-2">{action}</div>}
      </div>
    </section>
  )
}
