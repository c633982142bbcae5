/** Taking tensors apart and putting them together: concatenate, split, slice, pad, flip. */
import { alongAxis, eachLine, stridedOffsets } from '../loops.js'
import type { OnnxLowering } from '../onnx/lowering.js'
import { allocate, defineOperator, expect, expectOfType, worthSharing } from '../operator.js'
import { describe, type Shape, type Spec, sameShape, sizeOf, stridesOf, type Tensor } from '../tensor.js'
import { apply } from '../trace.js'
import { normalizeAxis, take, unsqueeze, zeros } from './shape.js'

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

/** Numbers next to each other from which gathering is faster than slicing and splitting. */
const shortestRun = 32

/**
 * A part of an axis, where it is large, as Gather: Slice and Split run on one thread, Gather copies runs of numbers on
 * all. Whole parts where the axis divides into such, else rows.
 */
function onAllThreads({ shape }: Tensor, axis: number, start: number, end: number) {
  const { outer, extent, inner } = alongAxis(shape, axis)
  const length = end - start
  const isPart = length > 0 && start % length === 0 && extent % length === 0
  const run = isPart ? length * inner : inner
  if (outer * length * inner < worthSharing || run < shortestRun) return undefined
  return (lowering: OnnxLowering, x: string): string => {
    if (!isPart)
      return lowering.node('Gather', [x, lowering.int64(Array.from({ length }, (_, i) => start + i))], { axis })
    const parts = lowering.reshape(x, [outer, extent / length, run])
    const part = lowering.node('Gather', [parts, lowering.int64Scalar(start / length)], { axis: 1 })
    return lowering.reshape(
      part,
      shape.map((size, index) => (index === axis ? length : size)),
    )
  }
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
  onnx(lowering, [x], { inputs: [input], attributes: { axis, sizes } }) {
    let end = 0
    const gathered = sizes.map((size) => {
      end += size
      return onAllThreads(input, axis, end - size, end)
    })
    return gathered.every((part) => part !== undefined)
      ? gathered.map((part) => part(lowering, x))
      : lowering.split(x, sizes, axis)
  },
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
  onnx(lowering, [x], { inputs: [input], attributes: { axis, start, end } }) {
    const bounds = () => [[start], [end], [axis]].map((list) => lowering.int64(list))
    return onAllThreads(input, axis, start, end)?.(lowering, x) ?? lowering.node('Slice', [x, ...bounds()])
  },
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
