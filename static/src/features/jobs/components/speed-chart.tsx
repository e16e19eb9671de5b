import type { Sample } from '@/features/jobs/live/live-store'
import { formatCount, formatSpeed } from '@/lib/format'

const MINUTE_MS = 60_000
/** The window grows with what has been seen, so that the first minute already fills the picture. */
const WINDOWS_MIN = [1, 2, 5, 10]
/** A longer silence is a gap in the line and not a straight guess. */
const GAP_MS = 20_000
const WIDTH = 600
const HEIGHT = 56

type SpeedChartProps = { samples: readonly Sample[]; direction: 'down' | 'up'; label: string }

/** Up to the last ten minutes, newest at the right. Moves only when a sample arrives. */
export function SpeedChart({ samples, direction, label }: SpeedChartProps) {
  const end = samples.at(-1)?.at ?? 0
  const seenMinutes = (end - (samples[0]?.at ?? end)) / MINUTE_MS
  const minutes = WINDOWS_MIN.find((size) => size >= seenMinutes) ?? 10
  const window = minutes * MINUTE_MS
  const shown = samples.filter((sample) => end - sample.at <= window)
  const peak = Math.max(0, ...shown.map((sample) => sample[direction]))
  const top = Math.max(peak, 1)
  const runs = splitAtGaps(shown).map((run) =>
    run.map((sample) => [WIDTH - ((end - sample.at) / window) * WIDTH, HEIGHT - (sample[direction] / top) * (HEIGHT - 4)] as const),
  )
  const current = samples.at(-1)?.[direction] ?? 0
  return (
    <figure className="mt-3">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}, last ${formatCount(minutes, 'minute')}: now ${formatSpeed(current)}, highest ${formatSpeed(peak)}`}
        className="block h-14 w-full rounded-sm bg-sunken"
      >
        {runs.map((run) => (
          <g key={run[0]?.[0]}>
            <polygon points={area(run)} className="fill-bar-down/50" />
            <polyline points={line(run)} className="fill-none stroke-bar-up" strokeWidth={1.5} vectorEffect="non-scaling-stroke" strokeLinejoin="round" />
          </g>
        ))}
      </svg>
      <figcaption className="num mt-1 flex justify-between text-xs text-muted">
        <span>{minutes} m ago</span>
        <span>{peak > 0 ? `highest ${formatSpeed(peak)}` : 'no traffic seen yet'}</span>
        <span>now</span>
      </figcaption>
    </figure>
  )
}

type Point = readonly [x: number, y: number]

function splitAtGaps(samples: readonly Sample[]): Sample[][] {
  const runs: Sample[][] = []
  for (const sample of samples) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    if (run && last && sample.at - last.at <= GAP_MS) run.push(sample)
    else runs.push([sample])
  }
  return runs
}

function line(points: readonly Point[]): string {
  return points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')
}

function area(points: readonly Point[]): string {
  const first = points[0]
  const last = points.at(-1)
  return first && last ? `${first[0].toFixed(1)},${HEIGHT} ${line(points)} ${last[0].toFixed(1)},${HEIGHT}` : ''
}
