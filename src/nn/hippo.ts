/**
 * Memories x' = A x + B u whose state holds coefficients of the input's past in Legendre polynomials, and their
 * discretisation in steps Δ. Gu et al. 2020, arXiv:2008.07669: LegS, all of the past, measured by its own length.
 * Voelker et al. 2019: a sliding window. Normal form of LegS: Gu et al. 2021, arXiv:2111.00396, theorem 1.
 */
import {
  addMatrix,
  exponentialMatrix,
  type HostMatrix,
  hostMatrix,
  identityMatrix,
  solveMatrix,
  symmetricEigen,
} from './host-matrix.js'
import { gaussian, type Initializer } from './initializers.js'

export interface LinearMemory {
  /** [N, N] */
  readonly A: HostMatrix
  /** [N, 1] */
  readonly B: HostMatrix
}

/** A_nk = −√(2n+1)√(2k+1) below the diagonal, −(n+1) on it; B_n = √(2n+1). */
export function legendreScaled(order: number): LinearMemory {
  const root = (n: number) => Math.sqrt(2 * n + 1)
  return {
    A: hostMatrix(order, order, (n, k) => (n > k ? -root(n) * root(k) : n === k ? -(n + 1) : 0)),
    B: hostMatrix(order, 1, root),
  }
}

/** The last `window` of time: A_nk = (2n+1)/θ · (−1 above the diagonal, else (−1)^{n−k+1}), B_n = (2n+1)(−1)ⁿ/θ. */
export function legendreWindow(order: number, window: number): LinearMemory {
  const scale = (n: number) => (2 * n + 1) / window
  return {
    A: hostMatrix(order, order, (n, k) => scale(n) * (n < k ? -1 : (-1) ** (n - k + 1))),
    B: hostMatrix(order, 1, (n) => scale(n) * (-1) ** n),
  }
}

/** The input is held over each step: Ā = exp(ΔA), B̄ = A⁻¹(Ā − I)B; both from one exponential, A singular or not. */
export function zeroOrderHold({ A, B }: LinearMemory, step: number): LinearMemory {
  const N = A.rows
  const entry = (i: number, j: number) => (i === N ? 0 : j === N ? B.data[i] : A.data[i * N + j]) * step
  const { data } = exponentialMatrix(hostMatrix(N + 1, N + 1, entry))
  return {
    A: hostMatrix(N, N, (i, j) => data[i * (N + 1) + j]),
    B: hostMatrix(N, 1, (i) => data[i * (N + 1) + N]),
  }
}

/** Ā = (I − αΔA)⁻¹(I + (1−α)ΔA), B̄ = Δ(I − αΔA)⁻¹B: α = 0 is Euler's rule, ½ the bilinear one, 1 Euler's backward. */
export function generalizedBilinear({ A, B }: LinearMemory, step: number, alpha = 0.5): LinearMemory {
  const left = addMatrix(identityMatrix(A.rows), A, -alpha * step)
  return {
    A: solveMatrix(left, addMatrix(identityMatrix(A.rows), A, (1 - alpha) * step)),
    B: solveMatrix(left, { ...B, data: B.data.map((value) => step * value) }),
  }
}

/** One of each pair of conjugate modes. */
export interface NormalForm {
  /** −½ + i·frequency are the eigenvalues of the normal part. */
  readonly frequencies: Float64Array
  /** A = V (Λ − P P*) V*, by parts; also B, and V* [modes, N] row by row. */
  readonly lowRank: { readonly re: Float64Array; readonly im: Float64Array }
  readonly input: { readonly re: Float64Array; readonly im: Float64Array }
  readonly basis: { readonly re: HostMatrix; readonly im: HostMatrix }
}

const normalForms = new Map<number, NormalForm>()

/** LegS of order 2 · modes as a normal matrix minus P Pᵀ with P_n = √(n+½). */
export function normalLegendre(modes: number): NormalForm {
  const known = normalForms.get(modes)
  if (known) return known
  const N = 2 * modes
  const root = (n: number) => Math.sqrt(n + 0.5)
  // The normal part is −½ + K with K skew; −iK is hermitian, here as a real symmetric matrix of twice the size, which
  // has each eigenvalue twice: both vectors stand for one complex one.
  const skew = (n: number, k: number) => (n > k ? -1 : n < k ? 1 : 0) * root(n) * root(k)
  const { values, vectors } = symmetricEigen(
    hostMatrix(2 * N, 2 * N, (i, j) => (i < N === j < N ? 0 : i < N ? skew(i, j - N) : -skew(i - N, j))),
  )
  const order = [...values.keys()].sort((a, b) => values[b] - values[a])
  const chosen = Array.from({ length: modes }, (_, m) => order[2 * m]).reverse()
  // A complex vector may be turned by any phase, and rounding alone, which differs between browsers and Node, would choose
  // it: the first entry of each is real and positive.
  const entry = (m: number, row: number) => vectors.data[row * 2 * N + chosen[m]]
  const turned = (m: number, n: number) => {
    const size = Math.hypot(entry(m, 0), entry(m, N))
    const [cos, sin] = [entry(m, 0) / size, entry(m, N) / size]
    return {
      re: entry(m, n) * cos + entry(m, n + N) * sin,
      im: entry(m, n) * sin - entry(m, n + N) * cos,
    }
  }
  const basis = {
    re: hostMatrix(modes, N, (m, n) => turned(m, n).re),
    im: hostMatrix(modes, N, (m, n) => turned(m, n).im),
  }
  const project = (vector: (n: number) => number) => {
    const part = ({ data }: HostMatrix) =>
      Float64Array.from({ length: modes }, (_, m) => {
        return data.subarray(m * N, (m + 1) * N).reduce((total, value, n) => total + value * vector(n), 0)
      })
    return { re: part(basis.re), im: part(basis.im) }
  }
  const form = {
    frequencies: Float64Array.from(chosen, (index) => values[index]),
    lowRank: project(root),
    input: project((n) => Math.sqrt(2) * root(n)),
    basis,
  }
  normalForms.set(modes, form)
  return form
}

/**
 * Real normal numbers [rows, 2N] turned into the basis of the modes: [2, rows, N], real parts before imaginary ones.
 * The state is `blocks` memories under each other. `adjoint` turns what reads the state instead of what writes to it.
 */
export const normalInModes =
  (blocks: number, deviation: number, { adjoint = false } = {}): Initializer =>
  (shape, random) => {
    const [, rows, width] = shape
    const size = width / blocks
    const { basis } = normalLegendre(size)
    const drawn = gaussian(deviation)([rows * 2 * width], random)
    return Float32Array.from({ length: 2 * rows * width }, (_, i) => {
      const [mode, row] = [i % width, Math.floor(i / width) % rows]
      const from = 2 * (row * width + Math.floor(mode / size) * size)
      const { data } = i < rows * width ? basis.re : basis.im
      const line = data.subarray((mode % size) * 2 * size, ((mode % size) + 1) * 2 * size)
      const value = line.reduce((total, entry, n) => total + entry * drawn[from + n], 0)
      return adjoint && i >= rows * width ? -value : value
    })
  }
