/** A queue between what makes values in its own time and what takes them. */

export interface Queue<T> extends AsyncIterable<T> {
  /** Values that were not taken yet. */
  readonly length: number
  push(value: T): void
  /** No value follows. */
  end(): void
  /** No value follows, and whoever takes the next one gets the error. */
  fail(error: unknown): void
}

/** @param taken called after each value that is taken */
export function createQueue<T>(taken: () => void = () => undefined): Queue<T> {
  const values: T[] = []
  let ended = false
  let failure: { error: unknown } | undefined
  let wake: (() => void) | undefined
  const changed = () => {
    wake?.()
    wake = undefined
  }
  return {
    get length() {
      return values.length
    },
    push(value) {
      if (ended) return
      values.push(value)
      changed()
    },
    end() {
      ended = true
      changed()
    },
    fail(error) {
      failure = { error }
      ended = true
      changed()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (values.length > 0) {
          yield values.shift() as T
          taken()
        }
        if (failure) throw failure.error
        if (ended) return
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}
