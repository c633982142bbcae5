/** Ending a text at a stop string, of which no part is ever given out. */

export interface StopMatcher {
  /** Whether a stop string came up. */
  readonly stopped: boolean
  /** Adds text; returns what can no longer be the beginning of a stop string. */
  push(text: string): string
  /** What was held back when no more text comes. */
  end(): string
}

/** @param stops strings of at least one character */
export function stopMatcher(stops: readonly string[]): StopMatcher {
  let held = ''
  let stopped = false
  const release = (count: number): string => {
    const text = held.slice(0, count)
    held = held.slice(count)
    return text
  }
  return {
    get stopped() {
      return stopped
    },
    push(text) {
      if (stopped) return ''
      held += text
      const starts = stops.map((stop) => held.indexOf(stop)).filter((at) => at >= 0)
      if (starts.length === 0) return release(held.length - longestBeginning(held, stops))
      stopped = true
      const before = release(Math.min(...starts))
      held = ''
      return before
    },
    end: () => release(held.length),
  }
}

/** Length of the longest end of `text` that a stop string begins with. */
function longestBeginning(text: string, stops: readonly string[]): number {
  const fits = (length: number) => stops.some((stop) => length < stop.length && stop.startsWith(text.slice(-length)))
  let length = Math.min(text.length, Math.max(0, ...stops.map((stop) => stop.length - 1)))
  while (length > 0 && !fits(length)) length--
  return length
}
