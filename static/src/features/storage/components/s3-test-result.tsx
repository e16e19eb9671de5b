import { CircleCheck, CircleDashed, CircleX } from 'lucide-react'
import type { S3TestResult as Result } from '@/features/storage/model'

const steps: Record<Result['steps'][number]['name'], string> = {
  Put: 'Write an object',
  Multipart: 'Upload in parts',
  Head: 'Read its size and checksum back',
  Delete: 'Delete it again',
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

export function S3TestResult({ result }: { result: Result }) {
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
                  {steps[step.name]}
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
    </section>
  )
}
