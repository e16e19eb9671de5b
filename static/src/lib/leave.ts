/** Leaves the app for another address, in this window. On its own so that tests can watch it: jsdom cannot leave. */
export function leave(address: string): void {
  window.location.assign(address)
}
