import { useEffect } from 'react'
import { announce } from '@/lib/announce'

/** Names the page in the tab and tells assistive technology where it is now. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · TorrentClou`
  }, [title])
  useEffect(() => {
    announce(title)
    // Only the arrival is announced; a title that changes later (a name has loaded) is not a new page.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [])
}
