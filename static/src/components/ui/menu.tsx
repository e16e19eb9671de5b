import * as Radix from '@radix-ui/react-dropdown-menu'
import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

const item =
  'flex min-h-9 items-center gap-2 rounded-sm px-2 text-sm outline-none select-none data-[highlighted]:bg-hover data-[disabled]:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0'

/** `modal` stays off: the modal kind locks scrolling with an injected style element, which our CSP forbids. */
export function Menu({ trigger, children, label }: { trigger: ReactNode; children: ReactNode; label: string }) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          aria-label={label}
          align="end"
          sideOffset={4}
          collisionPadding={8}
          className="z-40 min-w-48 rounded-md border border-line bg-raised p-1 shadow-[0_8px_32px_oklch(0_0_0/0.18)]"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

type ItemProps = { children: ReactNode; onSelect: () => void; tone?: 'plain' | 'danger'; disabled?: boolean }

export function MenuItem({ children, onSelect, tone = 'plain', disabled = false }: ItemProps) {
  return (
    <Radix.Item disabled={disabled} onSelect={onSelect} className={cn(item, tone === 'danger' && 'text-failed')}>
      {children}
    </Radix.Item>
  )
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 py-2 text-xs text-muted">{children}</Radix.Label>
}

export function MenuSeparator() {
  return <Radix.Separator className="my-1 border-t border-line" />
}

type ChoiceProps<T extends string> = { value: T; onChange: (value: T) => void; options: readonly { value: T; label: string }[] }

export function MenuChoice<T extends string>({ value, onChange, options }: ChoiceProps<T>) {
  return (
    <Radix.RadioGroup
      value={value}
      onValueChange={(next) => {
        const option = options.find((candidate) => candidate.value === next)
        if (option) onChange(option.value)
      }}
    >
      {options.map((option) => (
        <Radix.RadioItem key={option.value} value={option.value} onSelect={(event) => event.preventDefault()} className={item}>
          <span className="inline-flex size-4 items-center">
            <Radix.ItemIndicator>
              <Check aria-hidden />
            </Radix.ItemIndicator>
          </span>
          {option.label}
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  )
}
