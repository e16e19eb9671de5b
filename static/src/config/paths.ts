/** Every address of the app: the pattern for the router and the way to link there. Fixed words stand before parameters. */
export const paths = {
  login: { pattern: '/login', href: (next?: string) => (next && next !== '/' ? `/login?next=${encodeURIComponent(next)}` : '/login') },
  jobs: { pattern: '/jobs', href: () => '/jobs' },
  job: { pattern: '/jobs/:id', href: (id: number) => `/jobs/${id}` },
  newTorrent: { pattern: '/new', href: () => '/new' },
  storage: { pattern: '/storage', href: () => '/storage' },
  newStorage: { pattern: '/storage/new', href: () => '/storage/new' },
  newS3: { pattern: '/storage/new/s3', href: () => '/storage/new/s3' },
  googleDrive: { pattern: '/storage/google-drive', href: () => '/storage/google-drive' },
  profile: { pattern: '/storage/:id', href: (id: number) => `/storage/${id}` },
  account: { pattern: '/account', href: () => '/account' },
} as const

/** Where to go after the login; only a path of our own, so that a crafted link cannot send anyone elsewhere. */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : paths.jobs.href()
}
