/** Small dense matrices computed on the host in float64, row by row, for starting values and fixed memories. */

/** Row-major, rows times columns. */
export interface HostMatrix {
  readonly rows: number
  readonly columns: number
  readonly data: Float64Array
}

export function hostMatrix(rows: number, columns: number, entry: (row: number, column: number) => number): HostMatrix {
  const data = Float64Array.from({ length: rows * columns }, (_, i) => entry(Math.floor(i / columns), i % columns))
  return { rows, columns, data }
}

export const identityMatrix = (size: number) => hostMatrix(size, size, (i, j) => Number(i === j))

/** a + factor · b */
export function addMatrix(a: HostMatrix, b: HostMatrix, factor = 1): HostMatrix {
  return { ...a, data: a.data.map((value, i) => value + factor * b.data[i]) }
}

export function multiplyMatrix(a: HostMatrix, b: HostMatrix): HostMatrix {
  const data = new Float64Array(a.rows * b.columns)
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const value = a.data[i * a.columns + k]
      if (value === 0) continue
      for (let j = 0; j < b.columns; j++) data[i * b.columns + j] += value * b.data[k * b.columns + j]
    }
  }
  return { rows: a.rows, columns: b.columns, data }
}

/** X with A X = B, by elimination with the largest pivot. */
export function solveMatrix(a: HostMatrix, b: HostMatrix): HostMatrix {
  const [size, width] = [a.rows, b.columns]
  const left = Array.from({ length: size }, (_, i) => a.data.slice(i * size, (i + 1) * size))
  const right = Array.from({ length: size }, (_, i) => b.data.slice(i * width, (i + 1) * width))
  const subtract = (rows: Float64Array[], from: number, pivot: number, factor: number) => {
    for (let j = 0; j < rows[from].length; j++) rows[from][j] -= factor * rows[pivot][j]
  }
  for (let k = 0; k < size; k++) {
    let best = k
    for (let i = k + 1; i < size; i++) if (Math.abs(left[i][k]) > Math.abs(left[best][k])) best = i
    for (const rows of [left, right]) [rows[k], rows[best]] = [rows[best], rows[k]]
    for (let i = 0; i < size; i++) {
      if (i === k || left[i][k] === 0) continue
      const factor = left[i][k] / left[k][k]
      subtract(left, i, k, factor)
      subtract(right, i, k, factor)
    }
  }
  return hostMatrix(size, width, (i, j) => right[i][j] / left[i][i])
}

/** exp(A): a Taylor series of A / 2^s, squared s times. */
export function exponentialMatrix(a: HostMatrix): HostMatrix {
  const size = Math.max(...a.data.map(Math.abs)) * a.rows
  const squarings = Math.max(0, Math.ceil(Math.log2(Math.max(size, 1e-300))) + 2)
  const small = { ...a, data: a.data.map((value) => value / 2 ** squarings) }
  let term = identityMatrix(a.rows)
  let total = term
  for (let order = 1; order <= 18; order++) {
    const next = multiplyMatrix(term, small)
    term = { ...next, data: next.data.map((value) => value / order) }
    total = addMatrix(total, term)
  }
  for (let i = 0; i < squarings; i++) total = multiplyMatrix(total, total)
  return total
}

/** Eigenvalues and eigenvectors (columns) of a symmetric matrix, by Jacobi's rotations. */
export function symmetricEigen(a: HostMatrix): { readonly values: Float64Array; readonly vectors: HostMatrix } {
  const size = a.rows
  const s = a.data.slice()
  const v = identityMatrix(size).data
  const scale = Math.max(...s.map(Math.abs))
  const rotate = (data: Float64Array, first: number, second: number, stride: number, c: number, t: number) => {
    for (let k = 0; k < size; k++) {
      const [x, y] = [data[first + k * stride], data[second + k * stride]]
      data[first + k * stride] = c * x - t * y
      data[second + k * stride] = t * x + c * y
    }
  }
  for (let sweep = 0; sweep < 40; sweep++) {
    let largest = 0
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        const entry = s[p * size + q]
        largest = Math.max(largest, Math.abs(entry))
        if (Math.abs(entry) < 1e-300) continue
        const angle = 0.5 * Math.atan2(2 * entry, s[q * size + q] - s[p * size + p])
        const [c, t] = [Math.cos(angle), Math.sin(angle)]
        rotate(s, p, q, size, c, t)
        rotate(s, p * size, q * size, 1, c, t)
        rotate(v, p, q, size, c, t)
      }
    }
    if (largest <= 1e-15 * scale) break
  }
  return {
    values: Float64Array.from({ length: size }, (_, i) => s[i * size + i]),
    vectors: { rows: size, columns: size, data: v },
  }
}
