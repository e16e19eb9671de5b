/** Every address of the app: the pattern for the router and the way to link there. */
export const paths = {
  login: { pattern: '/login', href: (next?: string) => (next && next !== '/' ? `/login?next=${encodeURIComponent(next)}` : '/login') },
  jobs: { pattern: '/jobs', href: () => '/jobs' },
  job: { pattern: '/jobs/:id', href: (id: number) => `/jobs/${id}` },
  newTorrent: { pattern: '/new', href: () => '/new' },
  storage: { pattern: '/storage', href: () => '/storage' },
  newStorage: { pattern: '/storage/new', href: () => '/storage/new' },
} as const

/** Where to go after the login; only a path of our own, so that a crafted link cannot send anyone elsewhere. */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : paths.jobs.href()
}
