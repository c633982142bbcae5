/** Softmax and layer normalisation as operators: executors have them fused, and their gradients are shorter than their parts'. */
import { eachLine } from '../loops.js'
import { defineOperator, expect, expectType } from '../operator.js'
import { describe, type Shape, type Spec, sizeOf, type Tensor } from '../tensor.js'
import { apply } from '../trace.js'
import type { TensorLike } from './constant.js'
import { add, div, mul, sub } from './elementwise.js'
import { matmul } from './matmul.js'
import { mean, sum } from './reduce.js'
import { full, normalizeAxis, reshape } from './shape.js'
import { exp, reciprocal, sqrt, square } from './unary.js'

const softmaxOperator = defineOperator<number>({
  name: 'softmax',
  infer([x]) {
    expectType([x], ['f32'], 'softmax')
    return [x]
  },
  gradient({ outputs: [y], cotangents: [g], attributes: axis }) {
    if (!g) return []
    const weighted = mul(g, y)
    return [sub(weighted, mul(y, sum(weighted, axis, { keep: true })))]
  },
  reference: ([x], axis) => [
    alongLines(x.shape, axis, x.data, (line) => exponentials(line).map((value, _, all) => value / total(all))),
  ],
  onnx: (lowering, [x], node) => lowering.node('Softmax', [x], { axis: node.attributes }),
})
/** exp(x) / Σ exp(x) along an axis, shifted by the largest value. */
export function softmax(x: Tensor, axis = -1): Tensor {
  return apply(softmaxOperator, [x], normalizeAxis('softmax', axis, x))[0]
}

const logSoftmaxOperator = defineOperator<number>({
  name: 'logSoftmax',
  infer([x]) {
    expectType([x], ['f32'], 'logSoftmax')
    return [x]
  },
  gradient({ outputs: [y], cotangents: [g], attributes: axis }) {
    return g ? [sub(g, mul(exp(y), sum(g, axis, { keep: true })))] : []
  },
  reference: ([x], axis) => [
    alongLines(x.shape, axis, x.data, (line) => {
      const top = line.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
      const normalizer = top + Math.log(total(exponentials(line)))
      return line.map((value) => value - normalizer)
    }),
  ],
  onnx(lowering, [x], { attributes: axis }) {
    if (lowering.provider === 'cpu') return lowering.node('LogSoftmax', [x], { axis })
    const along = lowering.int64([axis])
    const safe = lowering.node('Sub', [x, lowering.node('ReduceMax', [x, along])])
    const total = lowering.node('ReduceSum', [lowering.node('Exp', [safe]), along])
    return lowering.node('Sub', [safe, lowering.node('Log', [total])])
  },
})
/** x − log Σ exp(x) along an axis. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return apply(logSoftmaxOperator, [x], normalizeAxis('logSoftmax', axis, x))[0]
}

function alongLines(
  shape: Shape,
  axis: number,
  data: ArrayLike<number>,
  change: (line: number[]) => number[],
): Float64Array {
  const out = new Float64Array(sizeOf(shape))
  eachLine(shape, axis, (start, stride) => {
    const line = Array.from({ length: shape[axis] }, (_, i) => data[start + i * stride])
    change(line).forEach((value, i) => {
      out[start + i * stride] = value
    })
  })
  return out
}

function exponentials(line: number[]): number[] {
  const top = line.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  return line.map((value) => Math.exp(value - top))
}

function total(values: number[]): number {
  return values.reduce((a, b) => a + b, 0)
}

/** Outputs: the normalised and scaled values, then mean and inverse deviation of each row, [..., 1]. */
const layerNormOperator = defineOperator<number>({
  name: 'layerNorm',
  infer([x, scale, shift]) {
    expectType([x, scale, shift], ['f32'], 'layerNorm')
    const width = x.shape[x.shape.length - 1]
    expect(
      width > 0 && [scale, shift].every((part) => part.shape.length === 1 && part.shape[0] === width),
      'layerNorm',
      () => {
        return `scale and shift must be vectors of the last extent of ${describe(x)}, got ${describe(scale)} and ${describe(shift)}`
      },
    )
    const statistic: Spec = { shape: [...x.shape.slice(0, -1), 1], dtype: 'f32' }
    return [x, statistic, statistic]
  },
  gradient({ inputs: [x, scale], outputs: [, center, inverse], cotangents: [g, gCenter, gInverse], wanted }) {
    const width = x.shape[x.rank - 1]
    const centered = sub(x, center)
    let forX: Tensor | undefined
    let forScale: Tensor | undefined
    let forShift: Tensor | undefined
    if (g) {
      // Row and column sums as matrix products: one pass over memory each, without an intermediate.
      const rowMean = (t: Tensor) =>
        reshape(
          matmul(reshape(t, [-1, width]), reshape(scale, [width, 1]), { scale: 1 / width, uncounted: true }),
          center.shape,
        )
      const columnSum = (t: Tensor, weights: Tensor) =>
        reshape(matmul(weights, reshape(t, [-1, width]), { uncounted: true }), [width])
      const product = mul(g, centered)
      if (wanted[1]) forScale = columnSum(product, reshape(inverse, [1, -1]))
      if (wanted[2]) forShift = columnSum(g, full([1, x.size / width], 1))
      // By row: inverse³ times the mean, in an order in which no factor leaves the range of numbers.
      const along = mul(mul(mul(rowMean(product), inverse), inverse), inverse)
      if (wanted[0]) forX = sub(mul(sub(mul(g, scale), rowMean(g)), inverse), mul(centered, along))
    }
    if (wanted[0] && gCenter) forX = plus(forX, mul(full(x.shape, 1 / width), gCenter))
    if (wanted[0] && gInverse)
      forX = plus(forX, mul(centered, mul(mul(gInverse, mul(square(inverse), inverse)), -1 / width)))
    return [forX, forScale, forShift]
  },
  reference([x, scale, shift], epsilon) {
    const width = x.shape[x.shape.length - 1]
    const rows = x.data.length / width
    const out = new Float64Array(x.data.length)
    const centers = new Float64Array(rows)
    const inverses = new Float64Array(rows)
    for (let r = 0; r < rows; r++) {
      const line = Array.from(x.data.subarray(r * width, (r + 1) * width))
      centers[r] = total(line) / width
      inverses[r] = 1 / Math.sqrt(total(line.map((value) => (value - centers[r]) ** 2)) / width + epsilon)
      line.forEach((value, i) => {
        out[r * width + i] = (value - centers[r]) * inverses[r] * scale.data[i] + shift.data[i]
      })
    }
    return [out, centers, inverses]
  },
  onnx: (lowering, inputs, { attributes: epsilon }) =>
    lowering.nodes('LayerNormalization', inputs, { axis: -1, epsilon }, 3),
})

function plus(a: Tensor | undefined, b: Tensor): Tensor {
  return a ? add(a, b) : b
}

/** (x − mean) / √(variance + ε) · scale + shift over the last axis. */
export function layerNorm(x: Tensor, scale: Tensor, shift: Tensor, epsilon = 1e-5): Tensor {
  return apply(layerNormOperator, [x, scale, shift], epsilon)[0]
}

/** x / √(mean(x²) + ε) · scale over the last axis. */
export function rmsNorm(x: Tensor, scale: TensorLike, epsilon = 1e-5): Tensor {
  const inverse = reciprocal(sqrt(add(mean(square(x), -1, { keep: true }), epsilon)))
  return mul(mul(x, inverse), scale)
}

/** x / √(‖x‖² + ε²) over the last axis: smooth at 0, which stays 0. */
export function unitNorm(x: Tensor, epsilon = 1e-6): Tensor {
  return div(x, sqrt(add(sum(square(x), -1, { keep: true }), epsilon * epsilon)))
}
