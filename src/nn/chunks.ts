/** Cutting a sequence into chunks, and the constant triangles that sum over parts of one. */
import { constant, pad, reshape, slice, type Tensor } from '../engine/index.js'

/** [B, H, T, …] to [B, H, N, C, …], the end filled with `value`. */
export function toChunks(x: Tensor, size: number, value = 0): Tensor {
  const [B, H, T, ...rest] = x.shape
  const count = Math.ceil(T / size)
  return reshape(pad(x, 2, 0, count * size - T, value), [B, H, count, size, ...rest])
}

/** [B, H, N, C, …] back to [B, H, T, …]. */
export function fromChunks(x: Tensor, length: number): Tensor {
  const [B, H, N, C, ...rest] = x.shape
  return slice(reshape(x, [B, H, N * C, ...rest]), 2, 0, length)
}

/** A constant matrix with entries by row and column. */
export function matrix(rows: number, columns: number, entry: (row: number, column: number) => number): Tensor {
  return constant(
    Float32Array.from({ length: rows * columns }, (_, i) => entry(Math.floor(i / columns), i % columns)),
    [rows, columns],
  )
}

/** The chunk that holds a whole sequence of n tokens: the next power of two. */
export function chunkLength(n: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, n)))
}
