import type { SwarmHealth } from '@/features/torrents/model'
import { formatCount } from '@/lib/format'

type Verdict = { word: string; tone: 'done' | 'waiting' | 'failed'; sentence: string }

/** How alive the swarm is, as a person would say it. */
export function describeSwarm(health: SwarmHealth): Verdict {
  const { seeders, leechers } = health
  if (health.isDead || (seeders === 0 && leechers === 0)) {
    return {
      word: 'No sign of life',
      tone: 'failed',
      sentence: 'No tracker knows anyone who has it. A job would wait until a peer appears.',
    }
  }
  if (seeders === 0) {
    return {
      word: 'Nobody is complete',
      tone: 'waiting',
      sentence: `${formatCount(leechers, 'peer')} ${leechers === 1 ? 'has' : 'have'} parts of it, but nobody has all of it. The download may stop before the end.`,
    }
  }
  if (health.isWeak || !health.isHealthy) {
    return {
      word: 'Weak',
      tone: 'waiting',
      sentence: `Only ${formatCount(seeders, 'complete peer')} for ${formatCount(leechers, 'downloader')}. It should finish, but slowly.`,
    }
  }
  return {
    word: 'Healthy',
    tone: 'done',
    sentence: `${formatCount(seeders, 'complete peer')} for ${formatCount(leechers, 'downloader')}. It should be fast.`,
  }
}
