/** Textbook linear algebra on small dense matrices, for oracles. */

export const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i], 0)

/** Solves A x = b for a few right sides by Gaussian elimination with row exchanges, and gives ln |det A|. */
export function solve(A: readonly (readonly number[])[], b: readonly number[]): { x: number[]; logDet: number } {
  const n = b.length
  const rows = A.map((row, i) => [...row, b[i]])
  let logDet = 0
  for (let column = 0; column < n; column++) {
    const candidates = rows.slice(column).map((row) => Math.abs(row[column]))
    const pivot = column + candidates.indexOf(Math.max(...candidates))
    ;[rows[column], rows[pivot]] = [rows[pivot], rows[column]]
    logDet += Math.log(Math.abs(rows[column][column]))
    for (let row = column + 1; row < n; row++) {
      const factor = rows[row][column] / rows[column][column]
      for (let k = column; k <= n; k++) rows[row][k] -= factor * rows[column][k]
    }
  }
  const x = Array<number>(n).fill(0)
  for (let row = n - 1; row >= 0; row--) {
    const known = dot(rows[row].slice(row + 1, n), x.slice(row + 1))
    x[row] = (rows[row][n] - known) / rows[row][row]
  }
  return { x, logDet }
}

export interface Prediction {
  readonly mean: number
  /** Of w·x, without the noise of its value. */
  readonly variance: number
  /** Of the values seen before, under the model. */
  readonly logEvidence: number
}

/**
 * The prediction at `x` for w ~ N(0, I) after points `X` and noisy values `y`, by the covariance of the values themselves
 * (a Gaussian process with a linear kernel): K = X Xᵀ + σ² I, mean kᵀK⁻¹y, variance xᵀx − kᵀK⁻¹k, with k = X x.
 */
export function predicted(X: number[][], y: number[], x: number[], noise: number): Prediction {
  if (X.length === 0) return { mean: 0, variance: dot(x, x), logEvidence: 0 }
  const K = X.map((a, i) => X.map((b, j) => dot(a, b) + (i === j ? noise ** 2 : 0)))
  const k = X.map((a) => dot(a, x))
  const { x: weights, logDet } = solve(K, k)
  const { x: residual } = solve(K, y)
  return {
    mean: dot(weights, y),
    variance: dot(x, x) - dot(k, weights),
    logEvidence: -(logDet + dot(y, residual)) / 2,
  }
}
