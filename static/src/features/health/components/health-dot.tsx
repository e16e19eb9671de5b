import { useQuery } from '@tanstack/react-query'
import { type Health, healthQuery } from '@/features/health/api/get-health'
import { cn } from '@/lib/cn'

type Summary = { word: string; detail: string; color: string }

function summarize(health: Health | undefined, failed: boolean): Summary {
  if (failed) return { word: 'Server unreachable', detail: 'The last health check got no answer.', color: 'bg-failed' }
  if (!health) return { word: 'Checking', detail: 'The first health check is under way.', color: 'bg-idle' }
  const parts = [part('Database', health.database, health.databaseResponseTimeMs), part('Redis', health.redis, health.redisResponseTimeMs)]
  const detail = `${parts.join(', ')}. Version ${health.version}.`
  return health.isHealthy
    ? { word: 'All healthy', detail, color: 'bg-done' }
    : { word: 'Partly down', detail, color: 'bg-waiting' }
}

function part(name: string, state: string, ms: number | null): string {
  return ms === null || state !== 'healthy' ? `${name} ${state}` : `${name} ${ms} ms`
}

/** The dot in the top bar; the words are its name and stand on hover, and are written out when something is wrong. */
export function HealthDot() {
  const health = useQuery(healthQuery)
  const { word, detail, color } = summarize(health.data, health.isError)
  const wrong = health.isError || health.data?.isHealthy === false
  return (
    <div role="status" aria-live="off" aria-label={`${word}. ${detail}`} title={`${word}\n${detail}`} className="flex items-center gap-2 px-2">
      <span aria-hidden className={cn('size-2 rounded-full', color, wrong && 'outline-2 outline-offset-2 outline-current')} />
      {wrong && (
        <span aria-hidden className="hidden text-xs sm:inline">
          {word}
        </span>
      )}
    </div>
  )
}
