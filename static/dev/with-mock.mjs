/** `npm run dev:mock`: the mock API and vite's server in one process, which vite proxies to. */
import { createServer } from 'vite'
import './mock-server.mjs'

const server = await createServer()
await server.listen()
server.printUrls()
