/** A view that fails says why, and leaves the rest of the page alive. */
import { Component, type ReactNode } from 'react'

export class Failure extends Component<{ readonly children: ReactNode }, { message?: string }> {
  override state: { message?: string } = {}

  static getDerivedStateFromError(error: unknown) {
    return { message: error instanceof Error ? error.message : String(error) }
  }

  override render() {
    const { message } = this.state
    if (message === undefined) return this.props.children
    return (
      <div className="notice bad" role="alert">
        <p>This view cannot be shown: {message}</p>
        <button type="button" onClick={() => this.setState({ message: undefined })}>
          Try again
        </button>
      </div>
    )
  }
}
