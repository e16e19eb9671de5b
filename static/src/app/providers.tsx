import { type QueryClient, QueryClientProvider } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { BrowserRouter } from 'react-router'
import { ErrorBoundary } from '@/app/error-boundary'
import { Announcer } from '@/components/announcer'
import { Toaster } from '@/components/toaster'

export function Providers({ client, children }: { client: QueryClient; children: ReactNode }) {
  return (
    <QueryClientProvider client={client}>
      <BrowserRouter>
        <ErrorBoundary>{children}</ErrorBoundary>
      </BrowserRouter>
      <Announcer />
      <Toaster />
    </QueryClientProvider>
  )
}
