import { useQuery } from '@tanstack/react-query'
import { PageHeader } from '@/components/page-header'
import { ApiKeys } from '@/features/api-keys/components/api-keys'
import { sessionQuery } from '@/features/auth/api/session'
import { PasswordPanel } from '@/features/auth/components/password-panel'
import { SessionsPanel } from '@/features/auth/components/sessions-panel'
import { usePageTitle } from '@/hooks/use-page-title'

export default function Account() {
  usePageTitle('Account')
  const session = useQuery(sessionQuery)
  if (!session.data) return null
  const { name, email } = session.data
  return (
    <>
      <PageHeader title="Account">{name ? `${name}, ${email}` : email}</PageHeader>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="min-w-0 space-y-4">
          <SessionsPanel />
          <ApiKeys />
        </div>
        <PasswordPanel email={email} />
      </div>
    </>
  )
}
