import { render } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { Providers } from '@/app/providers'
import { createQueryClient } from '@/app/query-client'
import { AppRoutes } from '@/app/router'

/** Draws the whole app at an address, as a person would open it. */
export function renderApp(path: string) {
  window.history.replaceState(null, '', path)
  const client = createQueryClient()
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retryDelay: 0 } })
  const user = userEvent.setup()
  render(
    <Providers client={client}>
      <AppRoutes />
    </Providers>,
  )
  return { client, user }
}

export function address(): string {
  return window.location.pathname + window.location.search
}
