import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { buildS3Profile, buildUsage } from '@/testing/builders'
import { contract } from '@/testing/contract'

/** The API as a signed-in person with a few jobs meets it; a test replaces what it is about with server.use(). */
export const server = setupServer(
  http.get('/api/auth/me', () => HttpResponse.json(contract('me'))),
  http.get('/api/health/ready', () => HttpResponse.json(contract('health-ready'))),
  http.get('/api/jobs', () => HttpResponse.json(contract('jobs-page'))),
  http.get('/api/jobs/statistics', () => HttpResponse.json(contract('statistics'))),
  http.get('/api/jobs/:id', () => HttpResponse.json(contract('job-detail'))),
  http.get('/api/jobs/:id/manifest', () => HttpResponse.json(contract('manifest'))),
  http.get('/api/jobs/:id/timeline', () => HttpResponse.json(contract('timeline-page'))),
  http.get('/api/storage/profiles', () => HttpResponse.json(contract('profiles'))),
  http.get('/api/storage/profiles/:id', ({ params }) => HttpResponse.json(params.id === '3' ? contract('profile-detail-gdrive') : buildS3Profile())),
  http.get('/api/storage/profiles/:id/usage', () => HttpResponse.json(buildUsage())),
  http.post('/api/storage/s3/preview-path', async ({ request }) => {
    const { s3PathTemplate } = (await request.json()) as { s3PathTemplate: string }
    return HttpResponse.json({ examples: [{ path: 'Films/one.mkv', key: s3PathTemplate.replace('{path}', 'Films/one.mkv') }] })
  }),
  http.get('/api/storage/s3/presets', () => HttpResponse.json(contract('s3-presets'))),
  http.get('/api/storage/gdrive/credentials', () => HttpResponse.json(contract('gdrive-credentials'))),
  http.get('/api/auth/sessions', () => HttpResponse.json(contract('sessions'))),
  http.get('/api/auth/api-keys', () => HttpResponse.json(contract('api-keys'))),
)

export function problem(status: number, code: string, message: string, extra: object = {}, headers: Record<string, string> = {}) {
  const body = { ...contract('error'), status, title: code, code, detail: message, message, ...extra }
  return HttpResponse.json(body, { status, headers: { 'Content-Type': 'application/problem+json', ...headers } })
}
