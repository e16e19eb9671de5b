/// <reference types="vitest/config" />
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The API: the platform's own port by default, the mock server's under `npm run dev:mock`. */
const api = process.env.API_URL ?? 'http://127.0.0.1:47100'
const proxy = Object.fromEntries(['/api', '/events', '/proxy'].map((path) => [path, { target: api, changeOrigin: false }]))

/** The policy that nginx sends; `vite preview` sends it too, so that a violation shows before a release. */
function contentSecurityPolicy(): string {
  const headers = readFileSync(new URL('../nginx/security-headers.conf', import.meta.url), 'utf8')
  const policy = /Content-Security-Policy "([^"]+)"/.exec(headers)?.[1]
  if (!policy) throw new Error('nginx/security-headers.conf has no Content-Security-Policy')
  return policy
}

export default defineConfig(({ isPreview }) => ({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { port: 5173, proxy },
  preview: { port: 4173, proxy, headers: isPreview ? { 'Content-Security-Policy': contentSecurityPolicy() } : {} },
  build: {
    // data: URIs are not allowed by the policy above.
    assetsInlineLimit: 0,
    manifest: true,
    target: ['chrome123', 'firefox120', 'safari17.5'],
    rolldownOptions: {
      output: {
        // Without groups every shared component becomes a file of a few hundred bytes and a request of its own.
        codeSplitting: {
          groups: [
            { name: 'menu', test: /node_modules\/@(radix-ui|floating-ui)|components\/ui\/menu/, priority: 1 },
            // What loads the lazy parts is needed first, by the entry too.
            { name: 'vendor', test: /preload-helper|node_modules\/(react|react-dom|react-router|scheduler|@tanstack|zod|cookie)\//, priority: 4 },
            { name: 'shared', test: /src\/(components\/(?!ui\/menu)|hooks|lib|config)|lucide-react/, priority: 2 },
            { name: 'jobs', test: /src\/features\/jobs\/(?!proof\/)/, priority: 1 },
          ],
        },
      },
      onwarn(warning, warn) {
        // "use client" in libraries means nothing in a bundle for the browser.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning)
      },
    },
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['./src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    // Generous on purpose: a hang is a failure, a slow machine is not.
    testTimeout: 120_000,
  },
}))
