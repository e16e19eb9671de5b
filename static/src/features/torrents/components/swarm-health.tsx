import { CircleAlert, CircleCheck, CircleX } from 'lucide-react'
import type { SwarmHealth as Health } from '@/features/torrents/model'
import { describeSwarm } from '@/features/torrents/swarm-words'
import { Panel } from '@/components/ui/panel'
import { cn } from '@/lib/cn'

const looks = {
  done: { icon: CircleCheck, color: 'text-done' },
  waiting: { icon: CircleAlert, color: 'text-waiting' },
  failed: { icon: CircleX, color: 'text-failed' },
}

export function SwarmHealth({ health }: { health: Health }) {
  const { word, tone, sentence } = describeSwarm(health)
  const { icon: Icon, color } = looks[tone]
  return (
    <Panel label="Swarm" title="Swarm" aside={<span className="num text-xs text-muted">health {Math.round(health.healthScore * 100)} of 100</span>}>
      <div className="p-4">
        <p className={cn('flex items-center gap-2 font-semibold', color)}>
          <Icon aria-hidden className="size-4" />
          {word}
        </p>
        <p className="mt-1 text-muted">{sentence}</p>
        <dl className="num mt-3 grid grid-cols-3 gap-2">
          <Figure term="Seeders" value={health.seeders} />
          <Figure term="Leechers" value={health.leechers} />
          <Figure term="Completed" value={health.completed} />
        </dl>
      </div>
    </Panel>
  )
}

function Figure({ term, value }: { term: string; value: number }) {
  return (
    <div>
      <dt className="text-xs text-muted">{term}</dt>
      <dd>{value.toLocaleString('en')}</dd>
    </div>
  )
}
