/** Reductions over axes, and what is built from them. */
import { stridedOffsets } from '../loops.js'
import { allocate, defineOperator, expect, expectType, worthSharing } from '../operator.js'
import { type DType, describe, type Shape, sizeOf, stridesOf, type Tensor } from '../tensor.js'
import { apply } from '../trace.js'
import { add, div, equal, mul, sub } from './elementwise.js'
import { cast, where } from './selection.js'
import { broadcastTo, normalizeAxis, reshape } from './shape.js'
import { abs, exp, log } from './unary.js'

type Axes = number | readonly number[]
interface Reduction {
  readonly axes: readonly number[]
  readonly keep: boolean
}

/** The axes meant, ascending; all by default. */
function axesOf(name: string, x: Tensor, axes: Axes = [...x.shape.keys()]): number[] {
  const given = typeof axes === 'number' ? [axes] : axes
  const list = given.map((axis) => normalizeAxis(name, axis, x)).sort((a, b) => a - b)
  expect(
    new Set(list).size === list.length,
    name,
    () => `each axis of ${describe(x)} may be given once, got [${given.join(', ')}]`,
  )
  return list
}

function reducedShape(shape: Shape, { axes, keep }: Reduction): number[] {
  return keep
    ? shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
    : shape.filter((_, axis) => !axes.includes(axis))
}

/** The cotangent of a reduction's output, shaped so that it broadcasts against the input. */
function spread(g: Tensor, x: Tensor, { axes }: Reduction): Tensor {
  return reshape(g, reducedShape(x.shape, { axes, keep: true }))
}

/** Rows of one product at most: their ones are a constant of the program. */
const mostRows = 16_384

/**
 * The columns of f32 rows that are added up, where all axes but the last go and there is much to add: a product with ones
 * runs on all threads, ReduceSum on one.
 */
function columnsOf({ shape, dtype, size }: Tensor, axes: readonly number[]): number | undefined {
  const columns = shape[shape.length - 1]
  const addsRows = shape.length > 1 && axes.length === shape.length - 1 && !axes.includes(shape.length - 1)
  return dtype === 'f32' && addsRows && size >= worthSharing && size <= mostRows * columns ? columns : undefined
}

interface Definition {
  /** The result over nothing. */
  start(dtype: DType): number
  step(sum: number, x: number): number
  gradient?(g: Tensor, x: Tensor, y: Tensor, reduction: Reduction): Tensor
  onnx: string
}

function reduction(name: string, { start, step, gradient, onnx }: Definition) {
  const operator = defineOperator<Reduction>({
    name,
    infer([x], attributes) {
      expectType([x], ['f32', 'i32'], name)
      return [{ shape: reducedShape(x.shape, attributes), dtype: x.dtype }]
    },
    gradient:
      gradient &&
      (({ inputs: [x], outputs: [y], cotangents: [g], attributes }) => {
        return [g && gradient(spread(g, x, attributes), x, spread(y, x, attributes), attributes)]
      }),
    reference([x], { axes }, [spec]) {
      const out = allocate(spec, sizeOf(spec.shape)).fill(start(spec.dtype))
      const kept = stridesOf(reducedShape(x.shape, { axes, keep: true })).map((stride, axis) =>
        axes.includes(axis) ? 0 : stride,
      )
      stridedOffsets(x.shape, kept).forEach((offset, index) => {
        out[offset] = step(out[offset], x.data[index])
      })
      return [out]
    },
    onnx(lowering, [x], { inputs: [input], outputs: [output], attributes: { axes, keep } }) {
      const columns = onnx === 'ReduceSum' && columnsOf(input, axes)
      if (!columns) return lowering.node(onnx, [x, lowering.int64(axes)], { keepdims: keep ? 1 : 0 })
      const rows = input.size / columns
      const ones = lowering.constant({ shape: [1, rows], dtype: 'f32', data: new Float32Array(rows).fill(1) })
      return lowering.reshape(lowering.node('MatMul', [ones, lowering.reshape(x, [rows, columns])]), output.shape)
    },
  })
  return (x: Tensor, axes?: Axes, options: { keep?: boolean } = {}): Tensor => {
    const list = axesOf(name, x, axes)
    return list.length === 0 ? x : apply(operator, [x], { axes: list, keep: options.keep ?? false })[0]
  }
}

/** Sum over the axes (all by default). Integers whose sum leaves 32 bits have no defined result: executors differ. */
export const sum = reduction('sum', {
  start: () => 0,
  step: (total, x) => total + x,
  gradient: (g, x) => broadcastTo(g, x.shape),
  onnx: 'ReduceSum',
})
/** Largest value over the axes; ties share the gradient. Among NaN, executors choose differently. */
export const max = reduction('max', {
  start: (dtype) => (dtype === 'i32' ? -(2 ** 31) : Number.NEGATIVE_INFINITY),
  step: Math.max,
  gradient: shared,
  onnx: 'ReduceMax',
})
/** Smallest value over the axes; ties share the gradient. Among NaN, executors choose differently. */
export const min = reduction('min', {
  start: (dtype) => (dtype === 'i32' ? 2 ** 31 - 1 : Number.POSITIVE_INFINITY),
  step: Math.min,
  gradient: shared,
  onnx: 'ReduceMin',
})

function shared(g: Tensor, x: Tensor, y: Tensor, { axes }: Reduction): Tensor {
  const chosen = cast(equal(x, y), 'f32')
  return mul(chosen, div(g, sum(chosen, axes, { keep: true })))
}

/** Mean over the axes. */
export function mean(x: Tensor, axes?: Axes, options: { keep?: boolean } = {}): Tensor {
  expectType([x], ['f32'], 'mean')
  const total = sum(x, axesOf('mean', x, axes), options)
  return mul(total, total.size / x.size)
}

/** log Σ exp(x) along one axis, shifted by the largest value. */
export function logSumExp(x: Tensor, axis: number, options: { keep?: boolean } = {}): Tensor {
  expectType([x], ['f32'], 'logSumExp')
  const axes = [normalizeAxis('logSumExp', axis, x)]
  const highest = stopGradient(max(x, axes, { keep: true }))
  const top = where(equal(abs(highest), Infinity), 0, highest)
  const total = sum(exp(sub(x, top)), axes, { keep: true })
  // A row of −∞ alone has the sum 0, whose logarithm has no gradient.
  const empty = equal(total, 0)
  const result = where(empty, -Infinity, add(log(where(empty, 1, total)), top))
  return options.keep ? result : reshape(result, reducedShape(x.shape, { axes, keep: false }))
}

/** Sums a cotangent down to the shape its operand had before broadcasting. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const lead = x.rank - shape.length
  const axes = x.shape.flatMap((extent, axis) =>
    axis < lead || (shape[axis - lead] === 1 && extent !== 1) ? [axis] : [],
  )
  return axes.length === 0 ? x : reshape(sum(x, axes), shape)
}

/** The value, through which no gradient flows. */
export function stopGradient(x: Tensor): Tensor {
  return apply(stopOperator, [x], null)[0]
}
const stopOperator = defineOperator<null>({
  name: 'stopGradient',
  infer: ([x]) => [x],
  reference: ([x]) => [x.data.slice()],
  onnx: (_, [x]) => x,
})

function extremum(name: string, better: (a: number, b: number) => boolean, onnx: string) {
  const operator = defineOperator<number>({
    name,
    infer([x], axis) {
      expectType([x], ['f32', 'i32'], name)
      expect(x.shape[axis] > 0, name, () => `needs a value along axis ${axis}, got ${describe(x)}`)
      return [{ shape: reducedShape(x.shape, { axes: [axis], keep: false }), dtype: 'i32' }]
    },
    reference([x], axis, [spec]) {
      const out = new Int32Array(sizeOf(spec.shape))
      const strides = stridesOf(x.shape)
      const lines = stridedOffsets(
        spec.shape,
        strides.filter((_, index) => index !== axis),
      )
      lines.forEach((start, line) => {
        for (let i = 1; i < x.shape[axis]; i++) {
          if (better(x.data[start + i * strides[axis]], x.data[start + out[line] * strides[axis]])) out[line] = i
        }
      })
      return [out]
    },
    onnx: (lowering, [x], node) =>
      lowering.cast(lowering.node(onnx, [x], { axis: node.attributes, keepdims: 0 }), 'int32'),
  })
  return (x: Tensor, axis: number): Tensor => apply(operator, [x], normalizeAxis(name, axis, x))[0]
}
/** Index of the largest value along an axis, the first at a tie. */
export const argMax = extremum('argMax', (a, b) => a > b, 'ArgMax')
/** Index of the smallest value along an axis, the first at a tie. */
export const argMin = extremum('argMin', (a, b) => a < b, 'ArgMin')
