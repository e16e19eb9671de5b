/** jsdom has no EventSource; this one is driven by the test. */
export class FakeEventSource extends EventTarget {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSED = 2
  static all: FakeEventSource[] = []

  static get last(): FakeEventSource {
    const source = FakeEventSource.all.at(-1)
    if (!source) throw new Error('nobody has opened an EventSource')
    return source
  }

  readyState = FakeEventSource.CONNECTING
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  readonly url: string

  constructor(url: string) {
    super()
    this.url = url
    FakeEventSource.all.push(this)
  }

  close(): void {
    this.readyState = FakeEventSource.CLOSED
  }

  open(): void {
    this.readyState = FakeEventSource.OPEN
    this.onopen?.()
  }

  fail(): void {
    this.onerror?.()
  }

  send(data: unknown): void {
    this.dispatchEvent(new MessageEvent('job', { data: typeof data === 'string' ? data : JSON.stringify(data) }))
  }
}
