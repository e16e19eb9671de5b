/**
 * A stand-in for the API, for work on the web app without the platform (`npm run dev:mock`). Its bodies start from
 * ../tests/contract/*.json, so it answers what the API answers; jobs move by themselves and are told over /events.
 * MOCK=empty starts without jobs, storages and keys, MOCK=down fails every read, MOCK=nostream refuses /events, MOCK=nopresets the
 * table of S3 services.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { accountRoutes } from './mock-account.mjs'
import { storageRoutes } from './mock-storage.mjs'

const contract = (name) => JSON.parse(readFileSync(new URL(`../../tests/contract/${name}.json`, import.meta.url), 'utf8'))
const mode = process.env.MOCK ?? ''
const MIB = 1024 ** 2

const shift = Date.now() - Date.parse('2026-11-20T09:13:00Z')
const moveDates = (value) =>
  JSON.parse(
    JSON.stringify(value).replace(/"(2026-11-20T[^"]+Z)"/g, (_, iso) => JSON.stringify(new Date(Date.parse(iso) + shift).toISOString())),
  )
const now = () => new Date().toISOString()

const detail = moveDates(contract('job-detail'))
const jobs = mode === 'empty' ? [] : moveDates(contract('jobs-page')).items.map(withDetail)
const listeners = new Set()
let session = false

function withDetail(job) {
  const many = job.requestFileName === 'wikipedia-dump' ? 2500 : 6
  const size = Math.floor(job.totalBytes / many)
  const state = (index) => {
    const share = (index + 1) / many
    if (job.totalBytes > 0 && job.bytesUploaded / job.totalBytes >= share) return 'done'
    if (job.totalBytes > 0 && job.bytesDownloaded / job.totalBytes >= share) return job.status === 'UPLOADING' ? 'uploading' : 'ready'
    return job.status === 'DOWNLOADING' ? 'downloading' : 'pending'
  }
  const files = Array.from({ length: job.totalBytes > 0 ? many : 0 }, (_, index) => {
    const now = state(index)
    const full = now === 'done' || now === 'ready' || now === 'uploading'
    return {
      index,
      path: index % 3 === 0 ? `part-${String(index).padStart(4, '0')}.bin` : `extras/season ${index % 5}/part-${String(index).padStart(4, '0')}.mkv`,
      size,
      state: now,
      bytesDownloaded: full ? size : Math.floor(size / 3),
      bytesUploaded: now === 'done' ? size : 0,
      verifiedBy: now === 'done' ? 'md5' : null,
    }
  })
  const phase = (over) => ({ state: 'idle', attempts: 1, nextRetryAt: null, startedAt: job.startedAt, finishedAt: null, ...over })
  const phases = {
    QUEUED: ['idle', 'idle'],
    DOWNLOADING: ['active', 'active'],
    TORRENT_DOWNLOAD_RETRY: ['retry', 'idle'],
    PENDING_UPLOAD: ['done', 'idle'],
    UPLOADING: ['done', 'active'],
    UPLOAD_RETRY: ['done', 'waiting'],
    COMPLETED: ['done', 'done'],
    FAILED: ['failed', 'idle'],
    TORRENT_FAILED: ['failed', 'idle'],
    UPLOAD_FAILED: ['done', 'failed'],
    GOOGLE_DRIVE_FAILED: ['done', 'failed'],
    CANCELLED: ['cancelled', 'cancelled'],
  }[job.status]
  const nextRetryAt = job.waiting?.nextActionAt ?? null
  return {
    job,
    files,
    timeline: job.id === detail.id ? detail.timeline : detail.timeline.slice(0, 2),
    phases: {
      download: phase({ state: phases[0], nextRetryAt: phases[0] === 'retry' ? nextRetryAt : null }),
      upload: phase({ state: phases[1], nextRetryAt: phases[1] === 'waiting' ? nextRetryAt : null }),
    },
  }
}

function setStatus(entry, status, source = 'Worker') {
  const { job } = entry
  entry.timeline.push({ ...detail.timeline[0], fromStatus: job.status, toStatus: status, source, sourceName: source, changedAt: now(), durationFromPrevious: '00:00:05', metadataJson: null })
  const active = !/FAILED|COMPLETED|CANCELLED/.test(status)
  Object.assign(job, { status, isActive: active, canCancel: active, canRetry: /FAILED|CANCELLED/.test(status), downloadSpeed: 0, uploadSpeed: 0, etaSeconds: null, waiting: null, updatedAt: now() })
  if (!active) job.completedAt = now()
  Object.assign(entry, { ...withDetail(job), timeline: entry.timeline })
  publish(job)
}

function publish(job) {
  const event = Object.fromEntries(Object.keys(contract('event-job')).map((key) => [key, job[key]]))
  const data = JSON.stringify({ ...event, jobId: job.id, at: now() })
  for (const response of listeners) response.write(`event: job\ndata: ${data}\n\n`)
}

function step(entry) {
  const { job } = entry
  const wave = 0.7 + 0.3 * Math.sin(Date.now() / 7000) + Math.random() * 0.15
  if (job.status === 'QUEUED' && !job.waiting) {
    Object.assign(job, { totalBytes: 3 * 1024 * MIB, startedAt: now() })
    return setStatus(entry, 'DOWNLOADING')
  }
  if (job.status === 'DOWNLOADING') {
    job.downloadSpeed = Math.round(13 * MIB * wave)
    job.uploadSpeed = Math.round(9.8 * MIB * (1.5 - wave))
    job.bytesDownloaded = Math.min(job.totalBytes, job.bytesDownloaded + job.downloadSpeed)
    job.bytesUploaded = Math.min(job.bytesDownloaded, job.bytesUploaded + job.uploadSpeed)
    job.etaSeconds = Math.round((job.totalBytes - job.bytesDownloaded) / job.downloadSpeed)
    Object.assign(job, { peers: 42, seeds: 17 })
    if (job.bytesDownloaded === job.totalBytes) return setStatus(entry, 'UPLOADING')
  } else if (job.status === 'UPLOADING') {
    job.uploadSpeed = Math.round(23 * MIB * wave)
    job.bytesUploaded = Math.min(job.totalBytes, job.bytesUploaded + job.uploadSpeed)
    job.etaSeconds = Math.round((job.totalBytes - job.bytesUploaded) / job.uploadSpeed)
    if (job.bytesUploaded === job.totalBytes) return setStatus(entry, 'COMPLETED')
  } else return undefined
  job.updatedAt = now()
  return publish(job)
}

const problem = (status, code, message, headers = {}) => ({ status, headers, body: { ...contract('error'), status, title: code, code, detail: message, message } })
const ok = (body, status = 200, headers = {}) => ({ status, headers, body })
const page = (items, query) => {
  const pageNumber = Math.max(1, Number(query.get('pageNumber') ?? 1))
  const pageSize = Math.min(100, Math.max(1, Number(query.get('pageSize') ?? 10)))
  const totalPages = Math.ceil(items.length / pageSize)
  return ok({ items: items.slice((pageNumber - 1) * pageSize, pageNumber * pageSize), totalCount: items.length, pageNumber, pageSize, totalPages, hasPreviousPage: pageNumber > 1, hasNextPage: pageNumber < totalPages })
}

function statistics() {
  const counts = new Map()
  for (const { job } of jobs) counts.set(job.status, (counts.get(job.status) ?? 0) + 1)
  return { ...contract('statistics'), totalJobs: jobs.length, activeJobs: jobs.filter(({ job }) => job.isActive).length, statusFilters: [...counts].map(([status, count]) => ({ status, count })) }
}

function manifestOf({ job, files }) {
  const proven = contract('manifest').files[0]
  const proofs = files.map(({ path, size, state, index }) => {
    const none = Object.fromEntries(Object.keys(proven).map((name) => [name, null]))
    const sha256 = index.toString(16).padStart(8, '0') + proven.sha256.slice(8)
    return state === 'done' ? { ...proven, path, size, sha256, remoteKey: `torrents/${job.id}/${path}`, verifiedAt: now() } : { ...none, path, size, state }
  })
  return { ...contract('manifest'), jobId: job.id, destination: `archive/torrents/${job.id}`, complete: files.every(({ state }) => state === 'done'), fileCount: files.length, files: proofs }
}

function analyze(raw) {
  const name = /filename="([^"]+)\.torrent"/.exec(raw.toString('latin1'))?.[1] ?? 'torrent'
  if (name.includes('broken')) return problem(422, 'InvalidTorrent', 'The torrent ends in the middle of its piece list.')
  const base = contract('analyze')
  if (!name.includes('big')) return ok({ ...base, fileName: name })
  const files = Array.from({ length: 5000 }, (_, index) => ({ index, path: `disc ${1 + (index % 40)}/chapter ${index % 7}/track ${index}.flac`, size: 30 * MIB + index }))
  return ok({ ...base, fileName: name, files, totalSizeInBytes: files.reduce((sum, file) => sum + file.size, 0) })
}

const routes = [
  ['POST', /^\/api\/auth\/login$/, ({ json }) => {
    if (json.password === 'slow') return problem(429, 'TooManyRequests', 'Too many tries.', { 'Retry-After': '42' })
    if (json.password === 'wrong') return problem(401, 'InvalidCredentials', 'Invalid email or password')
    session = true
    return ok(contract('login'), 200, { 'Set-Cookie': 'tc_session=mock; HttpOnly; SameSite=Strict; Path=/' })
  }],
  ['GET', /^\/api\/auth\/me$/, () => (session ? ok(contract('me')) : problem(401, 'Unauthorized', 'Sign in.'))],
  ['POST', /^\/api\/auth\/logout$/, () => { session = false; return ok(null, 204) }],
  ['GET', /^\/api\/health\/ready$/, () => ok(contract('health-ready'))],
  ['GET', /^\/api\/jobs$/, ({ query }) => page(jobs.map(({ job }) => job).filter((job) => !query.get('status') || job.status === query.get('status')), query)],
  ['GET', /^\/api\/jobs\/statistics$/, () => ok(statistics())],
  ['GET', /^\/api\/jobs\/(\d+)$/, ({ entry }) => ok({ ...entry.job, timeline: entry.timeline, files: entry.files, phases: entry.phases, localFiles: { present: entry.job.isActive, keptUntil: null } })],
  ['GET', /^\/api\/jobs\/(\d+)\/manifest$/, ({ entry }) => ok(manifestOf(entry))],
  ['GET', /^\/api\/jobs\/(\d+)\/timeline$/, ({ entry, query }) => page(entry.timeline, query)],
  ['POST', /^\/api\/jobs\/(\d+)\/cancel$/, ({ entry }) => { setStatus(entry, 'CANCELLED', 'User'); return ok(null) }],
  ['POST', /^\/api\/jobs\/(\d+)\/retry$/, ({ entry }) => { setStatus(entry, entry.job.bytesDownloaded === entry.job.totalBytes ? 'PENDING_UPLOAD' : 'QUEUED', 'User'); return ok(null) }],
  ['POST', /^\/api\/torrents\/analyze$/, ({ raw }) => analyze(raw)],
  ['POST', /^\/api\/torrents\/create-job$/, ({ json }) => {
    const id = Math.max(111, ...jobs.map(({ job }) => job.id)) + 1
    const job = { ...moveDates(contract('jobs-page')).items[0], id, status: 'QUEUED', requestFileName: 'new-torrent', totalBytes: 0, bytesDownloaded: 0, bytesUploaded: 0, createdAt: now(), selectedFilePaths: json.selectedFilePaths, downloadSpeed: 0, uploadSpeed: 0, etaSeconds: null }
    jobs.unshift({ ...withDetail(job), timeline: [{ ...detail.timeline[0], changedAt: now() }] })
    return ok({ jobId: id, storageProfileId: json.storageProfileId })
  }],
  ...accountRoutes({ contract, moveDates, mode, ok, problem, now }),
  ...storageRoutes({ contract, moveDates, mode, ok, problem, now }),
]

function answer(request, url, raw) {
  const found = routes.find(([method, pattern]) => method === request.method && pattern.test(url.pathname))
  if (!found) return problem(404, 'NotFound', 'The server does not know this address.')
  if (!/^\/api\/(auth\/(login|me|logout)|health)/.test(url.pathname) && !url.pathname.startsWith('/proxy/')) {
    if (!session) return problem(401, 'Unauthorized', 'Sign in.')
    if (mode === 'down') return problem(503, 'Unavailable', 'PostgreSQL does not answer.')
    if (request.method !== 'GET' && request.headers['x-csrf-token'] !== contract('me').csrfToken) return problem(403, 'CsrfFailed', 'The CSRF token does not match.')
  }
  const id = Number(found[1].exec(url.pathname)[1] ?? 0)
  const entry = jobs.find(({ job }) => job.id === id)
  if (id && !entry && url.pathname.startsWith('/api/jobs/')) return { status: 404, headers: {}, body: contract('error') }
  const json = request.headers['content-type']?.includes('json') ? JSON.parse(raw) : {}
  return found[2]({ json, raw, id, entry, query: url.searchParams })
}

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://mock')
  if (url.pathname === '/events') {
    if (!session || mode === 'nostream') return response.writeHead(503).end()
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' }).write(': hello\n\n')
    listeners.add(response)
    return request.on('close', () => listeners.delete(response))
  }
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  return request.on('end', () => {
    const { status, headers, body } = answer(request, url, Buffer.concat(chunks))
    setTimeout(() => {
      response.writeHead(status, { 'Content-Type': status < 400 ? 'application/json; charset=utf-8' : 'application/problem+json', ...headers })
      response.end(body === null || body === undefined ? undefined : JSON.stringify(body))
    }, Number(process.env.MOCK_DELAY_MS ?? 120))
  })
})

setInterval(() => jobs.forEach(step), 1000)
const port = Number(process.env.MOCK_PORT ?? 47999)
server.listen(port, '127.0.0.1', () => console.log(`mock API on http://127.0.0.1:${port}`))
