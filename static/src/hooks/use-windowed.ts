import { type RefObject, useLayoutEffect, useState } from 'react'

/** Where there is no layout (tests), a window of this height is drawn. */
const FALLBACK_HEIGHT = 480
const OVERSCAN = 8

/** Which rows of a long list with rows of one height are worth drawing. */
export function useWindowed(container: RefObject<HTMLElement | null>, count: number, rowHeight: number) {
  const [view, setView] = useState({ top: 0, height: FALLBACK_HEIGHT })
  useLayoutEffect(() => {
    const element = container.current
    if (!element) return undefined
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight || FALLBACK_HEIGHT })
    measure()
    element.addEventListener('scroll', measure, { passive: true })
    window.addEventListener('resize', measure)
    return () => {
      element.removeEventListener('scroll', measure)
      window.removeEventListener('resize', measure)
    }
  }, [container, count])
  const first = Math.max(0, Math.floor(view.top / rowHeight) - OVERSCAN)
  const last = Math.min(count, Math.ceil((view.top + view.height) / rowHeight) + OVERSCAN)
  return { first, last, totalHeight: count * rowHeight }
}
