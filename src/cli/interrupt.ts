/** Ctrl-C: the first one asks for a clean stop, a later one ends the process. */
import { endBy } from './exit.js'

/** npm passes on the signal that the terminal has sent already, so one Ctrl-C may arrive as two. */
const echo = 1000

export function onInterrupt(announce: () => void): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController()
  let asked = 0
  const stop = () => {
    if (!controller.signal.aborted) {
      asked = performance.now()
      announce()
      controller.abort()
    } else if (performance.now() - asked > echo) endBy('SIGINT')
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return {
    signal: controller.signal,
    dispose() {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
    },
  }
}
