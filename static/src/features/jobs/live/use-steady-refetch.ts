import { useEffect } from 'react'

type Refetch = (options: { cancelRefetch: boolean }) => Promise<unknown>

/**
 * Asks again every so many milliseconds while the tab is visible. Not by refetchInterval: every event writes into the query,
 * and a write starts that interval anew, so that a busy job would never be asked. A slow answer is awaited, not cancelled.
 */
export function useSteadyRefetch(refetch: Refetch, every: number | false): void {
  useEffect(() => {
    if (every === false) return undefined
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void refetch({ cancelRefetch: false })
    }, every)
    return () => clearInterval(timer)
  }, [every, refetch])
}
