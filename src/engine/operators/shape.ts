/** Operators that only move numbers: reshape, transpose, broadcast, concatenate, split, slice, pad, flip. */
import { alongAxis, broadcastOffsets, broadcastShapes, eachLine, stridedOffsets } from '../loops.js'
import {
  allocate,
  defineOperator,
  expect,
  expectOfType,
  expectShape,
  type Operator,
  type ReferenceData,
} from '../operator.js'
import { describe, type Shape, type Spec, sameShape, sizeOf, stridesOf, type Tensor } from '../tensor.js'
import { apply } from '../trace.js'
import { asTensor, type TensorLike } from './constant.js'
import { sumTo } from './reduce.js'

/** `axis` counted from the front; negative axes count from the back. `rank`, where it is not that of x, is the result's. */
export function normalizeAxis(operator: string, axis: number, x: Spec, rank = x.shape.length): number {
  const positive = axis < 0 ? axis + rank : axis
  expect(rank > 0, operator, () => `needs an axis, got ${describe(x)} – unsqueeze it first`)
  expect(Number.isInteger(axis) && positive >= 0 && positive < rank, operator, () => {
    return `the axis must be within −${rank} … ${rank - 1} for ${describe(x)}, got ${axis}`
  })
  return positive
}

/** A copy of the numbers at the given offsets. */
function take(data: ReferenceData, offsets: Int32Array, spec: Spec): ReferenceData {
  const out = allocate(spec, offsets.length)
  for (let i = 0; i < out.length; i++) out[i] = data[offsets[i]]
  return out
}

const reshapeOperator = defineOperator<Shape>({
  name: 'reshape',
  infer([x], shape) {
    expectShape(shape, 'reshape', () => `the new shape of ${describe(x)}`)
    expect(sizeOf(shape) === sizeOf(x.shape), 'reshape', () => {
      return `${describe(x)} holds ${sizeOf(x.shape)} values, but [${shape.join(', ')}] needs ${sizeOf(shape)}`
    })
    return [{ shape, dtype: x.dtype }]
  },
  gradient: ({ inputs: [x], cotangents: [g] }) => [g && reshape(g, x.shape)],
  reference: ([x]) => [x.data.slice()],
  onnx: (lowering, [x], node) => lowering.node('Reshape', [x, lowering.int64(node.attributes)], { allowzero: 1 }),
})
/** The same numbers in another shape; one extent may be −1. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const full = shape.includes(-1) ? filled(x, shape) : shape
  return sameShape(full, x.shape) ? x : apply(reshapeOperator, [x], full)[0]
}
function filled(x: Tensor, shape: Shape): Shape {
  const given = shape.filter((extent) => extent !== -1)
  const known = sizeOf(given)
  expect(given.length === shape.length - 1 && known > 0 && x.size % known === 0, 'reshape', () => {
    return `${describe(x)} does not fit [${shape.join(', ')}] – one extent may be -1, and the others must divide ${x.size}`
  })
  return shape.map((extent) => (extent === -1 ? x.size / known : extent))
}
/** A new axis of extent 1. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis('unsqueeze', axis, x, x.rank + 1)
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)])
}
/** Without an axis of extent 1. */
export function squeeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis('squeeze', axis, x)
  expect(
    x.shape[at] === 1,
    'squeeze',
    () => `axis ${axis} must have extent 1, got ${describe(x)} – slice or sum it first`,
  )
  return reshape(
    x,
    x.shape.filter((_, index) => index !== at),
  )
}

export const transposeOperator = defineOperator<readonly number[]>({
  name: 'transpose',
  infer([x], order) {
    expect(
      [...order].sort((a, b) => a - b).every((axis, index) => axis === index) && order.length === x.shape.length,
      'transpose',
      () => {
        return `needs each axis of ${describe(x)} once, counted from the front, got [${order}]`
      },
    )
    return [{ shape: order.map((axis) => x.shape[axis]), dtype: x.dtype }]
  },
  gradient({ cotangents: [g], attributes: order }) {
    const inverse = order.map((_, axis) => order.indexOf(axis))
    return [g && transpose(g, inverse)]
  },
  reference([x], order, [spec]) {
    const strides = stridesOf(x.shape)
    return [
      take(
        x.data,
        stridedOffsets(
          spec.shape,
          order.map((axis) => strides[axis]),
        ),
        spec,
      ),
    ]
  },
  onnx: (lowering, [x], node) => lowering.node('Transpose', [x], { perm: node.attributes }),
})
/** Axes in a new order; without one, the last two are exchanged. */
export function transpose(x: Tensor, order?: readonly number[]): Tensor {
  expect(
    order !== undefined || x.rank >= 2,
    'transpose',
    () => `needs two axes to exchange, got ${describe(x)} – unsqueeze it first`,
  )
  const axes = order ?? [...x.shape.keys()].map((axis) => (axis < x.rank - 2 ? axis : 2 * x.rank - 3 - axis))
  const same = axes.length === x.rank && axes.every((axis, index) => axis === index)
  return same ? x : apply(transposeOperator, [x], axes)[0]
}

const broadcastOperator = defineOperator<Shape>({
  name: 'broadcastTo',
  infer([x], shape) {
    const joint = broadcastShapes(x.shape, shape)
    expectShape(shape, 'broadcastTo', () => `the shape for ${describe(x)}`)
    expect(joint !== undefined && sameShape(joint, shape), 'broadcastTo', () => {
      return `${describe(x)} does not broadcast to [${shape.join(', ')}] – each of its axes must be equal or 1`
    })
    return [{ shape, dtype: x.dtype }]
  },
  gradient: ({ inputs: [x], cotangents: [g] }) => [g && sumTo(g, x.shape)],
  reference: ([x], shape, [spec]) => [take(x.data, broadcastOffsets(x.shape, shape), spec)],
  onnx: (lowering, [x], node) => lowering.node('Expand', [x, lowering.int64(node.attributes)]),
})
/** Repeats along axes of extent 1 (and new leading axes). */
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  const tensor = asTensor(x)
  return sameShape(tensor.shape, shape) ? tensor : apply(broadcastOperator, [tensor], shape)[0]
}
/** A tensor of one repeated value. */
export function full(shape: Shape, value: number, dtype: Spec['dtype'] = 'f32'): Tensor {
  expectShape(shape, 'full', () => 'the shape')
  return broadcastTo(asTensor(value, { dtype }, 'full'), shape)
}
export function zeros(shape: Shape, dtype: Spec['dtype'] = 'f32'): Tensor {
  return full(shape, 0, dtype)
}

const concatOperator = defineOperator<number>({
  name: 'concat',
  infer(parts, axis) {
    const [first] = parts
    const fits = ({ shape, dtype }: Spec) =>
      dtype === first.dtype &&
      shape.length === first.shape.length &&
      sameShape(without(shape, axis), without(first.shape, axis))
    expect(parts.every(fits), 'concat', () => {
      return `parts may differ in axis ${axis} alone, got ${parts.map(describe).join(', ')} – slice, reshape or cast them first`
    })
    const extent = parts.reduce((sum, part) => sum + part.shape[axis], 0)
    return [{ shape: first.shape.map((size, index) => (index === axis ? extent : size)), dtype: first.dtype }]
  },
  gradient({ inputs, cotangents: [g], attributes: axis }) {
    return g
      ? split(
          g,
          inputs.map((part) => part.shape[axis]),
          axis,
        )
      : []
  },
  reference(parts, axis, [spec]) {
    const out = allocate(spec, sizeOf(spec.shape))
    const { outer } = alongAxis(spec.shape, axis)
    let at = 0
    for (let o = 0; o < outer; o++) {
      for (const part of parts) {
        const length = part.data.length / outer
        for (let i = 0; i < length; i++) out[at++] = part.data[o * length + i]
      }
    }
    return [out]
  },
  onnx: (lowering, inputs, node) => lowering.node('Concat', inputs, { axis: node.attributes }),
})
function without(shape: Shape, axis: number): Shape {
  return shape.filter((_, index) => index !== axis)
}
/** Joins along an existing axis. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  expect(parts.length > 0, 'concat', () => 'needs at least one tensor')
  const at = normalizeAxis('concat', axis, parts[0])
  return parts.length === 1 ? parts[0] : apply(concatOperator, parts, at)[0]
}
/** Joins along a new axis. */
export function stack(parts: readonly Tensor[], axis: number): Tensor {
  expect(parts.length > 0, 'stack', () => 'needs at least one tensor')
  expect(
    parts.every((part) => describe(part) === describe(parts[0])),
    'stack',
    () => {
      return `parts must have one shape and type, got ${parts.map(describe).join(', ')} – pad, slice or cast them first`
    },
  )
  const at = normalizeAxis('stack', axis, parts[0], parts[0].rank + 1)
  return concat(
    parts.map((part) => unsqueeze(part, at)),
    at,
  )
}

const splitOperator = defineOperator<{ axis: number; sizes: readonly number[] }>({
  name: 'split',
  infer([x], { axis, sizes }) {
    const extent = x.shape[axis]
    const whole = sizes.length > 0 && sizes.every((size) => Number.isInteger(size) && size >= 0)
    expect(whole && sizes.reduce((a, b) => a + b, 0) === extent, 'split', () => {
      return `sizes must be integers from 0 that add up to ${extent}, axis ${axis} of ${describe(x)}, got [${sizes}]`
    })
    return sizes.map((size) => ({
      shape: x.shape.map((extent, index) => (index === axis ? size : extent)),
      dtype: x.dtype,
    }))
  },
  gradient({ outputs, cotangents, attributes: { axis } }) {
    return [
      concat(
        cotangents.map((g, index) => g ?? zeros(outputs[index].shape)),
        axis,
      ),
    ]
  },
  reference([x], { axis, sizes }, specs) {
    const { extent, inner } = alongAxis(x.shape, axis)
    let start = 0
    return specs.map((spec, index) => {
      const offsets = stridedOffsets(
        [x.data.length / (extent * inner || 1), sizes[index] * inner],
        [extent * inner, 1],
        start * inner,
      )
      start += sizes[index]
      return take(x.data, offsets, spec)
    })
  },
  onnx: (lowering, [x], { attributes: { axis, sizes } }) =>
    lowering.nodes('Split', [x, lowering.int64(sizes)], { axis }, sizes.length),
})
/** Consecutive parts along an axis, of the given sizes or that many equal ones. */
export function split(x: Tensor, sizes: readonly number[] | number, axis: number): readonly Tensor[] {
  const at = normalizeAxis('split', axis, x)
  const parts = typeof sizes === 'number' ? equalParts(x, sizes, at) : sizes
  return parts.length === 1 && parts[0] === x.shape[at] ? [x] : apply(splitOperator, [x], { axis: at, sizes: parts })
}
function equalParts(x: Tensor, count: number, axis: number): number[] {
  const extent = x.shape[axis]
  expect(Number.isInteger(count) && count > 0 && extent % count === 0, 'split', () => {
    return `the number of equal parts must divide ${extent}, axis ${axis} of ${describe(x)}, got ${count} – or give a list of sizes`
  })
  return new Array<number>(count).fill(extent / count)
}

const sliceOperator = defineOperator<{ axis: number; start: number; end: number }>({
  name: 'slice',
  infer([x], { axis, start, end }) {
    const extent = x.shape[axis]
    const whole = Number.isInteger(start) && Number.isInteger(end)
    expect(whole && start >= 0 && start <= end && end <= extent, 'slice', () => {
      return `a start and a later end must lie within 0:${extent}, axis ${axis} of ${describe(x)}, got ${start}:${end}`
    })
    return [{ shape: x.shape.map((extent, index) => (index === axis ? end - start : extent)), dtype: x.dtype }]
  },
  gradient({ inputs: [x], cotangents: [g], attributes: { axis, start, end } }) {
    return [g && pad(g, axis, start, x.shape[axis] - end)]
  },
  reference([x], { axis, start }, [spec]) {
    const strides = stridesOf(x.shape)
    return [take(x.data, stridedOffsets(spec.shape, strides, start * strides[axis]), spec)]
  },
  onnx: (lowering, [x], { attributes: { axis, start, end } }) =>
    lowering.node('Slice', [x, lowering.int64([start]), lowering.int64([end]), lowering.int64([axis])]),
})
/** Positions `start` to `end` (exclusive; negative from the back) of one axis. */
export function slice(x: Tensor, axis: number, start: number, end?: number): Tensor {
  const at = normalizeAxis('slice', axis, x)
  const extent = x.shape[at]
  const from = start < 0 ? start + extent : start
  const to = end === undefined ? extent : end < 0 ? end + extent : end
  return from === 0 && to === extent ? x : apply(sliceOperator, [x], { axis: at, start: from, end: to })[0]
}

const padOperator = defineOperator<{ axis: number; before: number; after: number; value: number }>({
  name: 'pad',
  infer([x], { axis, before, after, value }) {
    expect(
      [before, after].every((amount) => Number.isInteger(amount) && amount >= 0),
      'pad',
      () => {
        return `amounts must be integers from 0, got ${before} and ${after} for axis ${axis} of ${describe(x)} – slice to cut`
      },
    )
    expectOfType(value, x.dtype, 'pad')
    return [
      { shape: x.shape.map((extent, index) => (index === axis ? extent + before + after : extent)), dtype: x.dtype },
    ]
  },
  gradient({ inputs: [x], cotangents: [g], attributes: { axis, before } }) {
    return [g && slice(g, axis, before, before + x.shape[axis])]
  },
  reference([x], { axis, before, value }, [spec]) {
    const out = allocate(spec, sizeOf(spec.shape)).fill(value)
    const strides = stridesOf(spec.shape)
    stridedOffsets(x.shape, strides, before * strides[axis]).forEach((offset, index) => {
      out[offset] = x.data[index]
    })
    return [out]
  },
  onnx(lowering, [x], { inputs: [input], attributes: { axis, before, after, value } }) {
    const fill = lowering.scalar(value, input.dtype)
    return lowering.node('Pad', [x, lowering.int64([before, after]), fill, lowering.int64([axis])])
  },
})
/** Extends one axis with a constant. */
export function pad(x: Tensor, axis: number, before: number, after: number, value = 0): Tensor {
  const at = normalizeAxis('pad', axis, x)
  return before === 0 && after === 0 ? x : apply(padOperator, [x], { axis: at, before, after, value })[0]
}

const flipOperator = defineOperator<number>({
  name: 'flip',
  infer: ([x]) => [x],
  gradient: ({ cotangents: [g], attributes: axis }) => [g && flip(g, axis)],
  reference([x], axis, [spec]) {
    const out = allocate(spec, x.data.length)
    const extent = x.shape[axis]
    eachLine(x.shape, axis, (start, stride) => {
      for (let i = 0; i < extent; i++) out[start + i * stride] = x.data[start + (extent - 1 - i) * stride]
    })
    return [out]
  },
  onnx: (lowering, [x], node) =>
    lowering.node('Slice', [
      x,
      lowering.int64([-1]),
      lowering.int64([-(2 ** 31)]),
      lowering.int64([node.attributes]),
      lowering.int64([-1]),
    ]),
})
/** An axis in reverse order. */
export function flip(x: Tensor, axis: number): Tensor {
  return apply(flipOperator, [x], normalizeAxis('flip', axis, x))[0]
}

interface Triangle {
  readonly upper: boolean
  readonly diagonal: number
}
const triangleOperator: Operator<Triangle> = defineOperator<Triangle>({
  name: 'triangle',
  infer([x], { upper, diagonal }) {
    expect(
      x.shape.length >= 2,
      upper ? 'triu' : 'tril',
      () => `needs a matrix [..., M, N], got ${describe(x)} – unsqueeze it first`,
    )
    expect(
      Number.isInteger(diagonal),
      upper ? 'triu' : 'tril',
      () => `the diagonal must be an integer, got ${diagonal}`,
    )
    return [x]
  },
  gradient: ({ cotangents: [g], attributes }) => [g && apply(triangleOperator, [g], attributes)[0]],
  reference([x], { upper, diagonal }, [spec]) {
    const out = allocate(spec, x.data.length)
    const [rows, columns] = x.shape.slice(-2)
    for (let i = 0; i < out.length; i++) {
      const distance = (i % columns) - (Math.floor(i / columns) % rows)
      if (upper ? distance >= diagonal : distance <= diagonal) out[i] = x.data[i]
    }
    return [out]
  },
  onnx: (lowering, [x], { attributes: { upper, diagonal } }) =>
    lowering.node('Trilu', [x, lowering.int64Scalar(diagonal)], { upper: upper ? 1 : 0 }),
})
/** The lower triangle of each matrix, zero elsewhere; `diagonal` −1 leaves the main diagonal out. */
export function tril(x: Tensor, diagonal = 0): Tensor {
  return apply(triangleOperator, [x], { upper: false, diagonal })[0]
}
/** The upper triangle of each matrix, zero elsewhere. */
export function triu(x: Tensor, diagonal = 0): Tensor {
  return apply(triangleOperator, [x], { upper: true, diagonal })[0]
}
