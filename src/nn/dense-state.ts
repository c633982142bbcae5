/**
 * Linear systems with a full transition matrix I + M for each channel. M, small where steps are, is kept instead of the
 * sum: (I + M)² − I = 2M + M² loses nothing, and a thousand steps are ten squarings.
 */
import {
  add,
  concat,
  flip,
  matmul,
  mul,
  pad,
  reshape,
  slice,
  squeeze,
  sum,
  type Tensor,
  transpose,
  unsqueeze,
} from '../engine/index.js'
import { blocksOf, type LinearSystem } from './linear-system.js'

/** h = h + M h + written u, y = read · h. */
export interface DenseParts {
  /** M [C, N, N] */
  readonly change: Tensor
  /** [C, N] */
  readonly written: Tensor
  readonly read: Tensor
}

const squared = (change: Tensor) => add(mul(change, 2), matmul(change, change))

/** x + M x for x [..., C, N]. */
const moved = (change: Tensor, x: Tensor) => add(x, squeeze(matmul(unsqueeze(x, -2), change, { transposeB: true }), -2))

/** (I + M)^count x, by the bits of the count. */
export function movedBy(change: Tensor, x: Tensor, count: number): Tensor {
  let [result, step] = [x, change]
  for (let rest = count; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = moved(step, result)
    if (rest > 1) step = squared(step)
  }
  return result
}

/** (I + M)^count − I for a power of two. */
export function powerLessOne(change: Tensor, count: number): Tensor {
  let result = change
  for (let length = 1; length < count; length *= 2) result = squared(result)
  return result
}

/** Rows x (I + M)ᵏ for k < count, a power of two, from x [C, N]: [C, count, N]; and (I + M)^count − I. */
function rowPowers(change: Tensor, x: Tensor, count: number): { rows: Tensor; beyond: Tensor } {
  let [rows, beyond] = [unsqueeze(x, 1), change]
  for (let length = 1; length < count; length *= 2) {
    rows = concat([rows, add(rows, matmul(rows, beyond))], 1)
    beyond = squared(beyond)
  }
  return { rows, beyond }
}

const powerOfTwo = (count: number) => 2 ** Math.ceil(Math.log2(count))
const turned = (matrix: Tensor) => transpose(matrix, [0, 2, 1])

/** State [B, C, N]. */
export function denseSystem({ change, written, read }: DenseParts): LinearSystem<Tensor> {
  return {
    kernel(length) {
      const { size, count } = blocksOf(length)
      const { rows: inputs, beyond } = rowPowers(turned(change), written, size)
      const outputs = slice(rowPowers(turned(beyond), read, powerOfTwo(count)).rows, 1, 0, count)
      const values = matmul(outputs, inputs, { transposeB: true })
      return slice(reshape(values, [read.shape[0], count * size]), 1, 0, length)
    },
    echo(state, length) {
      const [B, C, N] = state.shape
      const { rows } = rowPowers(change, read, powerOfTwo(length + 1))
      const later = slice(rows, 1, 1, length + 1)
      return reshape(matmul(reshape(state, [B, C, 1, N]), later, { transposeB: true }), [B, C, length])
    },
    after(state, u) {
      const [B, C, T] = u.shape
      const { size, count } = blocksOf(T)
      const { rows: inputs, beyond } = rowPowers(turned(change), written, size)
      const recent = reshape(pad(flip(u, -1), -1, 0, count * size - T), [B, C, count, size])
      let [blocks, step] = [matmul(recent, inputs), turned(beyond)]
      // Neighbours are joined, the older one moved on, until one block is left.
      for (let left = count; left > 1; left = Math.ceil(left / 2)) {
        const N = blocks.shape[3]
        const pairs = reshape(pad(blocks, 2, 0, left % 2), [B, C, Math.ceil(left / 2), 2, N])
        const [newer, older] = [squeeze(slice(pairs, 3, 0, 1), 3), squeeze(slice(pairs, 3, 1, 2), 3)]
        blocks = add(newer, add(older, matmul(older, step, { transposeB: true })))
        step = squared(step)
      }
      return add(movedBy(change, state, T), squeeze(blocks, 2))
    },
    step(state, u) {
      const memory = add(moved(change, state), mul(unsqueeze(u, -1), written))
      return { memory, y: sum(mul(memory, read), -1) }
    },
  }
}
