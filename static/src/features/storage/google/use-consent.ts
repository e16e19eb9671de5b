import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { storageKeys } from '@/features/storage/api/keys'
import { awaitOutcome } from '@/features/storage/google/consent-channel'
import type { Outcome } from '@/features/storage/google/outcome'
import { leave } from '@/lib/leave'

type Consent = {
  /** Asks the server for Google's address and sends the person there. Call it in a click, or the popup is blocked. */
  start: () => void
  starting: boolean
  error: Error | null
  /** Google's address while the popup is believed to be open. */
  waitingAt: string | null
  /** How the last login ended, if not well. */
  refused: Extract<Outcome, { ok: false }> | null
  /** Goes there in this window, for a popup that was lost. */
  continueHere: () => void
  cancel: () => void
}

/** Phones open popups as tabs that people get lost in. */
function popupsFit(): boolean {
  return window.matchMedia('(pointer: fine) and (min-width: 768px)').matches
}

function openPopup(): Window | null {
  const width = 520
  const height = 680
  const left = Math.round(window.screenX + (window.outerWidth - width) / 2)
  const top = Math.round(window.screenY + (window.outerHeight - height) / 3)
  return window.open('about:blank', 'torrentclou-google', `popup,width=${width},height=${height},left=${left},top=${top}`)
}

/** A login at Google: in a popup where there is room for one, else in this window, which comes back to /storage. */
export function useConsent(getAddress: () => Promise<string>, onConnected: (profileId: number) => void): Consent {
  const client = useQueryClient()
  const [waitingAt, setWaitingAt] = useState<string | null>(null)
  const [refused, setRefused] = useState<Consent['refused']>(null)
  const popup = useRef<Window | null>(null)
  const connected = useRef(onConnected)
  useEffect(() => {
    connected.current = onConnected
  })

  const begin = useMutation({
    mutationFn: getAddress,
    onSuccess: (address) => {
      if (popup.current && !popup.current.closed) {
        popup.current.location.href = address
        setWaitingAt(address)
      } else {
        leave(address)
      }
    },
    onError: () => popup.current?.close(),
  })

  useEffect(() => {
    if (waitingAt === null) return undefined
    return awaitOutcome((outcome) => {
      setWaitingAt(null)
      setRefused(outcome.ok ? null : outcome)
      void client.invalidateQueries({ queryKey: storageKeys.all })
      if (outcome.ok) connected.current(outcome.profileId)
    })
  }, [waitingAt, client])

  return {
    start: () => {
      setRefused(null)
      // Before the request: a popup that is opened later is not the click's and gets blocked.
      popup.current = popupsFit() ? openPopup() : null
      begin.mutate()
    },
    starting: begin.isPending,
    error: begin.error,
    waitingAt,
    refused,
    continueHere: () => {
      popup.current?.close()
      if (waitingAt !== null) leave(waitingAt)
    },
    cancel: () => {
      popup.current?.close()
      setWaitingAt(null)
    },
  }
}
