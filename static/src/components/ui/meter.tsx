import { useId } from 'react'
import { cn } from '@/lib/cn'

type MeterProps = {
  label: string
  /** The figures, which stand beside the name and are what assistive technology reads. */
  text: string
  /** 0 to 1. */
  share: number
  tone?: 'moving' | 'waiting' | 'failed'
}

const fills = { moving: 'fill-bar-up', waiting: 'fill-waiting', failed: 'fill-failed' } as const

/** How much of something is used. */
export function Meter({ label, text, share, tone = 'moving' }: MeterProps) {
  const id = useId()
  const percent = Math.min(100, Math.max(0, share * 100))
  return (
    <div>
      <p className="num flex flex-wrap items-baseline justify-between gap-x-3">
        <span id={id}>{label}</span>
        <span className="text-muted">{text}</span>
      </p>
      <div
        role="meter"
        aria-labelledby={id}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(percent)}
        aria-valuetext={text}
        className="mt-1.5 h-2 overflow-hidden rounded-full bg-bar-track"
      >
        <svg aria-hidden viewBox="0 0 100 1" preserveAspectRatio="none" className="block size-full">
          <rect width={percent} height="1" className={cn(fills[tone])} />
        </svg>
      </div>
    </div>
  )
}
