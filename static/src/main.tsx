import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Providers } from '@/app/providers'
import { createQueryClient } from '@/app/query-client'
import { AppRoutes, preloadPage } from '@/app/router'
import { sessionQuery } from '@/features/auth/api/session'
import '@/styles/app.css'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

const client = createQueryClient()
// The page's code and the session are fetched side by side; the first paint needs both.
void client.prefetchQuery(sessionQuery)
preloadPage(window.location.pathname)

createRoot(root).render(
  <StrictMode>
    <Providers client={client}>
      <AppRoutes />
    </Providers>
  </StrictMode>,
)
