import { lazy, Suspense } from 'react'
import { matchPath, Navigate, Route, Routes } from 'react-router'
import { RequireSession } from '@/app/require-session'
import { Splash } from '@/app/splash'
import { paths } from '@/config/paths'

const loadShell = () => import('@/app/layout/app-shell')
const loadPage = {
  login: () => import('@/app/routes/login'),
  jobs: () => import('@/app/routes/jobs'),
  job: () => import('@/app/routes/job-detail'),
  newTorrent: () => import('@/app/routes/torrents-new'),
  storage: () => import('@/app/routes/storage'),
  newStorage: () => import('@/app/routes/storage-new'),
  newS3: () => import('@/app/routes/storage-new-s3'),
  googleDrive: () => import('@/app/routes/storage-google-drive'),
  profile: () => import('@/app/routes/storage-profile'),
  account: () => import('@/app/routes/account'),
} satisfies Record<keyof typeof paths, unknown>

const AppShell = lazy(loadShell)
const Login = lazy(loadPage.login)
const Jobs = lazy(loadPage.jobs)
const JobDetail = lazy(loadPage.job)
const TorrentsNew = lazy(loadPage.newTorrent)
const Storage = lazy(loadPage.storage)
const StorageNew = lazy(loadPage.newStorage)
const StorageNewS3 = lazy(loadPage.newS3)
const StorageGoogleDrive = lazy(loadPage.googleDrive)
const StorageProfile = lazy(loadPage.profile)
const Account = lazy(loadPage.account)
const NotFound = lazy(() => import('@/app/routes/not-found'))

/** Starts to load the code of an address before the router asks for it. A failure shows when it does. */
export function preloadPage(pathname: string): void {
  const entries = Object.entries(paths) as [keyof typeof paths, (typeof paths)[keyof typeof paths]][]
  const page = entries.find(([, { pattern }]) => matchPath(pattern, pathname))?.[0] ?? 'jobs'
  if (page !== 'login') loadShell().catch(() => undefined)
  loadPage[page]().catch(() => undefined)
}

export function AppRoutes() {
  return (
    <Suspense fallback={<Splash />}>
      <Routes>
        <Route path={paths.login.pattern} element={<Login />} />
        <Route
          element={
            <RequireSession>
              <AppShell />
            </RequireSession>
          }
        >
          <Route index element={<Navigate to={paths.jobs.href()} replace />} />
          <Route path={paths.jobs.pattern} element={<Jobs />} />
          <Route path={paths.job.pattern} element={<JobDetail />} />
          <Route path={paths.newTorrent.pattern} element={<TorrentsNew />} />
          <Route path={paths.storage.pattern} element={<Storage />} />
          <Route path={paths.newStorage.pattern} element={<StorageNew />} />
          <Route path={paths.newS3.pattern} element={<StorageNewS3 />} />
          <Route path={paths.googleDrive.pattern} element={<StorageGoogleDrive />} />
          <Route path={paths.profile.pattern} element={<StorageProfile />} />
          <Route path={paths.account.pattern} element={<Account />} />
          <Route path="*" element={<NotFound />} />
        </Route>
      </Routes>
    </Suspense>
  )
}
