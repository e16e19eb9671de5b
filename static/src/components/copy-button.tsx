import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { IconButton } from '@/components/ui/button'
import { announce } from '@/lib/announce'
import { showToast } from '@/lib/toast'

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return undefined
    const timer = setTimeout(() => setCopied(false), 2_000)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => {
    try {
      // Missing on plain http except on localhost, where a self-hosted app often lives.
      await navigator.clipboard.writeText(text)
      setCopied(true)
      announce('Copied')
    } catch {
      showToast('This browser does not allow copying here. Select the text and copy it by hand.', 'failed')
    }
  }
  return (
    <IconButton label={label} className="size-7" onClick={() => void copy()}>
      {copied ? <Check aria-hidden className="text-done" /> : <Copy aria-hidden />}
    </IconButton>
  )
}
