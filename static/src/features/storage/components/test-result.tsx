import { CircleCheck, CircleDashed, CircleX, ClockAlert } from 'lucide-react'
import { clockWarning } from '@/features/storage/clock-words'
import type { TestResult as Result } from '@/features/storage/model'

const words: Record<string, string> = {
  Put: 'Write an object',
  Multipart: 'Upload in parts',
  Head: 'Read its size and checksum back',
  Delete: 'Delete it again',
  Token: 'Renew the access at Google',
  Account: 'Read the account',
  Write: 'Write a file and delete it again',
}

/** After a failed step the others are listed with no time at all. */
function wasTried(all: Result['steps'], index: number): boolean {
  const step = all[index]
  return !step || step.ok || step.ms > 0 || !all.slice(0, index).some((earlier) => !earlier.ok)
}

function StepIcon({ ok, tried }: { ok: boolean; tried: boolean }) {
  if (ok) return <CircleCheck aria-label="passed" className="mt-0.5 size-4 shrink-0 text-done" />
  if (!tried) return <CircleDashed aria-label="not tried" className="mt-0.5 size-4 shrink-0 text-muted" />
  return <CircleX aria-label="failed" className="mt-0.5 size-4 shrink-0 text-failed" />
}

export function TestResult({ result }: { result: Result }) {
  const clock = clockWarning(result.clockOffsetSeconds)
  return (
    <section role="status" aria-label="Test result" className={result.success ? 'rounded-md bg-done-soft p-4' : 'rounded-md bg-failed-soft p-4'}>
      <h2 className="font-semibold">{result.success ? 'The storage works' : 'The storage cannot be used like this'}</h2>
      <ol className="mt-2 space-y-1.5">
        {result.steps.map((step, index) => {
          const tried = wasTried(result.steps, index)
          return (
            <li key={step.name} className="flex gap-2">
              <StepIcon ok={step.ok} tried={tried} />
              <div className="min-w-0 flex-1">
                <p className={tried ? 'flex justify-between gap-3' : 'flex justify-between gap-3 text-muted'}>
                  {words[step.name] ?? step.name}
                  <span className="num shrink-0 text-muted">{tried ? `${step.ms} ms` : 'not tried'}</span>
                </p>
                {tried && step.message && <p className="text-failed [overflow-wrap:anywhere]">{step.message}</p>}
              </div>
            </li>
          )
        })}
      </ol>
      {result.region && (
        <p className="mt-2 text-xs text-muted">
          Region {result.region}
          {result.pathStyle !== null && `, buckets are addressed by ${result.pathStyle ? 'path' : 'host name'}`}.
        </p>
      )}
      {clock && (
        <p className="mt-3 flex gap-2 rounded-md bg-waiting-soft px-3 py-2 text-text">
          <ClockAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-waiting" />
          {clock}
        </p>
      )}
    </section>
  )
}
