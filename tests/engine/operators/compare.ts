/** How far two lists of numbers may lie apart. */

/** What is allowed: `relative` times the largest finite magnitude expected, at least `floor`. */
export interface Tolerance {
  readonly relative: number
  readonly floor: number
}

/** The worst element, as a line of text, where two lists differ by more than allowed. Equal infinities and NaN agree. */
export function disagreement(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  { relative, floor }: Tolerance,
): string | undefined {
  if (got.length !== expected.length) return `${got.length} numbers, not ${expected.length}`
  let scale = 0
  for (let i = 0; i < expected.length; i++)
    if (Number.isFinite(expected[i])) scale = Math.max(scale, Math.abs(expected[i]))
  const limit = Math.max(relative * scale, floor)
  let worst = -1
  let error = limit
  for (let i = 0; i < got.length; i++) {
    if (got[i] === expected[i] || (Number.isNaN(got[i]) && Number.isNaN(expected[i]))) continue
    const distance = Math.abs(got[i] - expected[i])
    if (distance <= error) continue
    worst = i
    error = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance
  }
  return worst < 0
    ? undefined
    : `element ${worst} is ${got[worst]}, not ${expected[worst]} (limit ${limit.toExponential(1)})`
}
