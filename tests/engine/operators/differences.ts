/** Central differences in float64 with one Richardson extrapolation: the error is of fourth order in the step. */

/** Relative step; its fourth power and float64's rounding divided by it both stay far below 1e-6. */
const step = 1e-3
/** Above this many numbers, derivatives along random directions stand for the whole. */
const mostElements = 48
const directions = 6

export interface Disagreement {
  readonly input: number
  readonly where: string
  readonly analytic: number
  readonly numeric: number
  readonly limit: number
}

/**
 * Compares `analytic`, one gradient per input (undefined: not differentiable there), with differences of `f` at `at`.
 * `tolerance` is relative to the largest magnitude of each gradient.
 */
export function compareDifferences(
  f: (inputs: readonly Float64Array[]) => number,
  at: readonly Float64Array[],
  analytic: readonly (Float64Array | undefined)[],
  tolerance: number,
  next: () => number,
): Disagreement[] {
  const level = 1e-9 * Math.max(1, Math.abs(f(at)))
  const found: Disagreement[] = []
  analytic.forEach((gradient, input) => {
    if (!gradient) return
    const x = at[input]
    const widths = stepWidths(x)
    const derivative = (direction: Float64Array) => {
      const slope = (t: number) => {
        const moved = (sign: number) =>
          at.map((data, index) => (index === input ? x.map((value, i) => value + sign * t * direction[i]) : data))
        return (f(moved(1)) - f(moved(-1))) / (2 * t)
      }
      return (4 * slope(step) - slope(2 * step)) / 3
    }
    const compare = (direction: Float64Array, scale: number, size: number, where: string) => {
      const numeric = derivative(direction) / scale
      const exact = gradient.reduce((total, value, i) => total + value * direction[i], 0) / scale
      const limit = Math.max(tolerance * size, level / Math.min(scale, 1))
      if (!(Math.abs(numeric - exact) <= limit)) found.push({ input, where, analytic: exact, numeric, limit })
    }
    if (x.length <= mostElements) {
      const size = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      x.forEach((value, i) => {
        if (!Number.isFinite(value)) return
        compare(
          Float64Array.from(x, (_, other) => (other === i ? widths[i] : 0)),
          widths[i],
          size,
          `element ${i}`,
        )
      })
    } else {
      for (let n = 0; n < directions; n++) {
        const direction = widths.map((width) => width * (2 * next() - 1))
        const size = Math.sqrt(gradient.reduce((total, value, i) => total + (value * direction[i]) ** 2, 0))
        compare(direction, 1, size, `direction ${n}`)
      }
    }
  })
  return found
}

/**
 * What an element moves by, before the relative step: its own magnitude, or a part of the input's scale near zero.
 * Infinities and NaN stay where they are.
 */
function stepWidths(x: Float64Array): Float64Array {
  const scale = x.filter(Number.isFinite).reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1
  return x.map((value) => (Number.isFinite(value) ? Math.min(10, Math.max(Math.abs(value), 0.1 * scale)) : 0))
}
