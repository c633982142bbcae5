/** The inverse behind the delta rule: within a chunk, every write sees those before it. */

import type { OnnxLowering } from '../onnx/lowering.js'
import { defineOperator, expect } from '../operator.js'
import { describe, sizeOf, type Tensor } from '../tensor.js'
import { apply } from '../trace.js'
import { matmul } from './matmul.js'
import { tril } from './shape.js'
import { neg } from './unary.js'

const inverseOperator = defineOperator<null>({
  name: 'unitLowerInverse',
  infer([a]) {
    const [rows, columns] = a.shape.slice(-2)
    expect(a.dtype === 'f32' && a.shape.length >= 2 && rows === columns && rows > 0, 'unitLowerInverse', () => {
      return `needs square matrices f32[..., C, C], got ${describe(a)}`
    })
    return [a]
  },
  gradient({ outputs: [x], cotangents: [g] }) {
    return [g && neg(tril(matmul(matmul(x, g, { transposeA: true }), x, { transposeB: true }), -1))]
  },
  reference([a]) {
    const C = a.shape[a.shape.length - 1]
    const out = new Float64Array(a.data.length)
    for (let start = 0; start < out.length; start += C * C) {
      for (let column = 0; column < C; column++) {
        out[start + column * C + column] = 1
        for (let row = column + 1; row < C; row++) {
          let total = 0
          for (let k = column; k < row; k++) total += a.data[start + row * C + k] * out[start + k * C + column]
          out[start + row * C + column] = -total
        }
      }
    }
    return [out]
  },
  onnx(lowering, [a], { inputs: [{ shape, size }] }) {
    const C = shape[shape.length - 1]
    const batch = size / (C * C)
    return lowering.reshape(lowerInverse(lowering, lowering.reshape(a, [batch, C, C]), batch, C), shape)
  },
  // Forward substitution, as the reference does it; the blocks below have products of zeros besides.
  flops([{ shape }]) {
    const C = shape[shape.length - 1]
    return (sizeOf(shape) / (C * C)) * ((C ** 3 - C) / 3)
  },
})
/**
 * (I + A)⁻¹ of the strictly lower triangular part of A [..., C, C]; what stands on or above its diagonal is not read.
 * Found by inverting blocks of doubled size: a power series in A loses everything where keys are alike.
 */
export function unitLowerInverse(a: Tensor): Tensor {
  return apply(inverseOperator, [a], null)[0]
}

/**
 * Diagonal blocks of up to 16 all at once, then pairs of blocks until one is left:
 * [X₁ 0; −X₂ A₂₁ X₁ X₂] inverts [I+A₁ 0; A₂₁ I+A₂]. 4 times as fast at C = 64 as whole matrices with masks.
 */
function lowerInverse(lowering: OnnxLowering, a: string, batch: number, C: number): string {
  let size = C
  while (size > 16 && size % 2 === 0) size /= 2
  const block = (row: number, column: number) => {
    const [start, end] = [
      [row * size, column * size],
      [(row + 1) * size, (column + 1) * size],
    ]
    const part = lowering.node('Slice', [a, lowering.int64(start), lowering.int64(end), lowering.int64([1, 2])])
    return lowering.reshape(part, [batch, 1, size, size])
  }
  const concat = (parts: readonly string[], axis: number) =>
    parts.length === 1 ? parts[0] : lowering.node('Concat', parts, { axis })
  const range = (count: number) => Array.from({ length: count }, (_, index) => index)

  let inverse = masked(
    lowering,
    concat(
      range(C / size).map((i) => block(i, i)),
      1,
    ),
    size,
  )
  for (; size < C; size *= 2) {
    const pairs = C / (2 * size)
    const split = lowering.reshape(inverse, [batch, pairs, 2, size, size])
    const [first, second] = lowering
      .nodes('Split', [split, lowering.int64([1, 1])], { axis: 2 }, 2)
      .map((part) => lowering.reshape(part, [batch, pairs, size, size]))
    const below = concat(
      range(pairs).map((i) => block(2 * i + 1, 2 * i)),
      1,
    )
    const corner = lowering.node('Neg', [lowering.node('MatMul', [lowering.node('MatMul', [second, below]), first])])
    const upper = lowering.node('Pad', [first, lowering.int64([0, size]), lowering.scalar(0), lowering.int64([3])])
    inverse = concat([upper, concat([corner, second], 3)], 2)
  }
  return inverse
}

/** X ← X − X (A∘mask) X, the mask selecting the corners of pairs of blocks of 1, 2, 4, …; for the smallest, I − A∘mask. */
function masked(lowering: OnnxLowering, a: string, C: number): string {
  const square = (dtype: 'f32' | 'bool', value: (row: number, column: number) => boolean) => {
    const numbers = Array.from({ length: C * C }, (_, i) => +value(Math.floor(i / C), i % C))
    return lowering.constant({
      shape: [C, C],
      dtype,
      data: dtype === 'f32' ? Float32Array.from(numbers) : Uint8Array.from(numbers),
    })
  }
  const corners = (size: number) => {
    const half = (i: number) => Math.floor(i / size)
    const mask = square('bool', (row, column) => half(row) % 2 === 1 && half(column) === half(row) - 1)
    return lowering.node('Where', [mask, a, lowering.scalar(0)])
  }
  const identity = square('f32', (row, column) => row === column)
  let x = lowering.node('Sub', [identity, corners(1)])
  for (let size = 2; size < C; size *= 2) {
    x = lowering.node('Sub', [x, lowering.node('MatMul', [lowering.node('MatMul', [x, corners(size)]), x])])
  }
  return x
}
