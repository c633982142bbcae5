/** How much a state moves with each token. */
import type { StateTrace } from './steps.js'

/** One number for each token of the text. */
export interface StateCourse {
  /** The Euclidean length of the state. */
  readonly size: Float32Array
  /**
   * κ and |W| of S_t = κ S_{t−1} + W with W at right angles to S_{t−1}: the share of the old state that is left, and the
   * length of what is new. κ is 1 where the old state is all zeros.
   */
  readonly kept: Float32Array
  readonly written: Float32Array
  /** The largest magnitude of any number of the state, over the text. */
  readonly peak: number
}

export function stateCourse({ after }: Pick<StateTrace, 'after'>, count: number): StateCourse {
  const [size, kept, written] = [new Float32Array(count), new Float32Array(count), new Float32Array(count)]
  let peak = 0
  let before = after(0)
  for (let t = 0; t < count; t++) {
    const now = after(t + 1)
    const [old, both] = [dot(before, before), dot(before, now)]
    kept[t] = old === 0 ? 1 : both / old
    let rest = 0
    for (let i = 0; i < now.length; i++) {
      rest += (now[i] - kept[t] * before[i]) ** 2
      peak = Math.max(peak, Math.abs(now[i]))
    }
    size[t] = Math.sqrt(dot(now, now))
    written[t] = Math.sqrt(rest)
    before = now
  }
  return { size, kept, written, peak }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
