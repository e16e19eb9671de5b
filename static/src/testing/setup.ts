import '@testing-library/jest-dom/vitest'
import { cleanup, configure } from '@testing-library/react'
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { setCsrfToken } from '@/lib/api-client'
import { dismissToast, toastStore } from '@/lib/toast'
import { FakeEventSource } from '@/testing/fake-event-source'
import { server } from '@/testing/server'

configure({ asyncUtilTimeout: 10_000 })

/** What jsdom lacks: modal dialogs, media queries, EventSource, pointer capture and layout observers (for Radix), scrolling, reading a Blob. */
HTMLDialogElement.prototype.showModal = function showModal() {
  this.setAttribute('open', '')
  const first = this.querySelector<HTMLElement>('button, input, select, [tabindex]')
  first?.focus()
}
HTMLDialogElement.prototype.close = function close() {
  this.removeAttribute('open')
}
HTMLElement.prototype.hasPointerCapture = () => false
HTMLElement.prototype.scrollIntoView = () => undefined
window.scrollTo = () => undefined
Blob.prototype.arrayBuffer = function arrayBuffer() {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result as ArrayBuffer)
    reader.onerror = () => reject(new Error('unreadable'))
    reader.readAsArrayBuffer(this)
  })
}
Blob.prototype.text = async function text() {
  return new TextDecoder().decode(await this.arrayBuffer())
}
vi.stubGlobal(
  'ResizeObserver',
  class {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
)

/** A desktop; a test on a phone replaces it. */
window.matchMedia = ((query: string) => ({ matches: true, media: query })) as typeof window.matchMedia

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
beforeEach(() => {
  FakeEventSource.all = []
  vi.stubGlobal('EventSource', FakeEventSource)
  localStorage.clear()
  delete document.documentElement.dataset.theme
})
afterEach(() => {
  cleanup()
  server.resetHandlers()
  setCsrfToken(null)
  for (const toast of toastStore.get()) dismissToast(toast.id)
})
afterAll(() => server.close())
