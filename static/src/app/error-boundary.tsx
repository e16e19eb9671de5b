import { Component, type ReactNode } from 'react'
import { Button } from '@/components/ui/button'

type Props = { children: ReactNode; resetKey?: string }
type State = { failed: boolean; resetKey: string | undefined }

/** A page that fails while drawing takes nothing else with it; another address is another try. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { failed: false, resetKey: this.props.resetKey }

  static getDerivedStateFromError(): Partial<State> {
    return { failed: true }
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.resetKey === state.resetKey ? null : { failed: false, resetKey: props.resetKey }
  }

  override render() {
    if (!this.state.failed) return this.props.children
    return (
      <div role="alert" className="mx-auto max-w-md px-6 py-20 text-center">
        <h1 className="text-lg font-semibold">This page failed</h1>
        <p className="mt-2 text-muted">
          Your jobs are not affected; they run on the server. A newer version of the app may have been installed since this page was opened.
        </p>
        <Button variant="primary" className="mt-5" onClick={() => window.location.reload()}>
          Reload
        </Button>
      </div>
    )
  }
}
