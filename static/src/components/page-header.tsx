import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

type PageHeaderProps = { title: ReactNode; children?: ReactNode; actions?: ReactNode }

export function PageHeader({ title, children, actions }: PageHeaderProps) {
  return (
    <header className={cn('mb-4 flex min-h-9 flex-wrap justify-between gap-x-4 gap-y-3', children ? 'items-start' : 'items-center')}>
      <div className="min-w-0">
        <h1 className="text-lg font-semibold text-balance [overflow-wrap:anywhere]">{title}</h1>
        {children && <div className="mt-0.5 text-muted">{children}</div>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  )
}
