/**
 * Reading and adding at computed positions. Indices are i32 within 0 … extent − 1: outside, the reference executor
 * names the index, ONNX Runtime fails the run (but counts negative ones from the back).
 */
import { alongAxis, stridedOffsets } from '../loops.js'
import { allocate, defineOperator, expect, type Operator, type ReferenceArray } from '../operator.js'
import { describe, type Shape, type Spec, sameShape, sizeOf, stridesOf, type Tensor } from '../tensor.js'
import { apply } from '../trace.js'
import { iota } from './constant.js'
import { equal } from './elementwise.js'
import { matmul } from './matmul.js'
import { cast } from './selection.js'
import { normalizeAxis, reshape, unsqueeze, zeros } from './shape.js'

/** A way for indices to address the elements of x, given the axis. */
interface Addressing {
  readonly read: string
  readonly add: string
  /** The shape of what is read; undefined where the indices do not fit x. */
  shape(x: Shape, indices: Shape, axis: number): Shape | undefined
  /** What indices have to be, for errors. */
  readonly fit: string
  /** The offset in x of every element read. */
  offsets(x: Shape, indices: ReferenceArray, axis: number): Int32Array
  readonly onnxRead: string
  onnxAdd: Operator<number>['onnx']
  /** Σ of `updates` at `indices`, where there is a faster way than adding to zeros. */
  sum?(x: Tensor, indices: Tensor, updates: Tensor, axis: number): Tensor | undefined
}

/** The operator that reads, and its transpose that adds, repeated indices included. */
function indexing({ read, add, shape, fit, offsets, onnxRead, onnxAdd, sum }: Addressing) {
  const readShape = (name: string, x: Spec, indices: Spec, axis: number): Shape => {
    const found = indices.dtype === 'i32' ? shape(x.shape, indices.shape, axis) : undefined
    expect(found !== undefined, name, () => {
      return `indices into axis ${axis} of ${describe(x)} must be i32 ${fit}, got ${describe(indices)}`
    })
    return found
  }
  const checked = (name: string, x: ReferenceArray, indices: ReferenceArray, axis: number): Int32Array => {
    const extent = x.shape[axis]
    const stray = indices.data.find((index) => index < 0 || index >= extent)
    if (stray !== undefined) throw new RangeError(`${name}: indices must be within 0 … ${extent - 1}, got ${stray}`)
    return offsets(x.shape, indices, axis)
  }
  const reader = defineOperator<number>({
    name: read,
    infer: ([x, indices], axis) => [{ shape: readShape(read, x, indices, axis), dtype: x.dtype }],
    gradient({ inputs: [x, indices], cotangents: [g], attributes: axis }) {
      return [g && (sum?.(x, indices, g, axis) ?? apply(adder, [zeros(x.shape), indices, g], axis)[0])]
    },
    reference([x, indices], axis, [spec]) {
      const out = allocate(spec, sizeOf(spec.shape))
      checked(read, x, indices, axis).forEach((offset, i) => {
        out[i] = x.data[offset]
      })
      return [out]
    },
    onnx: (lowering, inputs, { attributes: axis }) => lowering.node(onnxRead, inputs, { axis }),
  })
  const adder: Operator<number> = defineOperator<number>({
    name: add,
    infer([x, indices, updates], axis) {
      const wanted = readShape(add, x, indices, axis)
      expect(x.dtype !== 'bool' && x.dtype === updates.dtype && sameShape(updates.shape, wanted), add, () => {
        return `${describe(indices)} into axis ${axis} of ${describe(x)} needs updates [${wanted.join(', ')}] of that type, got ${describe(updates)}`
      })
      return [x]
    },
    gradient({ inputs: [, indices], cotangents: [g], attributes: axis, wanted }) {
      return g ? [g, undefined, wanted[2] ? apply(reader, [g, indices], axis)[0] : undefined] : []
    },
    reference([x, indices, updates], axis) {
      const out = x.data.slice()
      checked(add, x, indices, axis).forEach((offset, i) => {
        out[offset] += updates.data[i]
      })
      return [out]
    },
    onnx: onnxAdd,
  })
  return {
    reader,
    read: (x: Tensor, indices: Tensor, axis: number) => {
      return apply(reader, [x, indices], normalizeAxis(read, axis, x))[0]
    },
    add: (x: Tensor, indices: Tensor, updates: Tensor, axis: number) => {
      return apply(adder, [x, indices, updates], normalizeAxis(add, axis, x))[0]
    },
  }
}

const rows = indexing({
  read: 'gather',
  add: 'scatterAdd',
  shape: (x, indices, axis) => [...x.slice(0, axis), ...indices, ...x.slice(axis + 1)],
  fit: 'of any shape',
  offsets(x, indices, axis) {
    const { outer, extent, inner } = alongAxis(x, axis)
    const row = stridedOffsets([outer, indices.data.length, inner], [extent * inner, 0, 1])
    return row.map((start, i) => start + indices.data[Math.floor(i / inner) % indices.data.length] * inner)
  },
  onnxRead: 'Gather',
  onnxAdd(lowering, [x, indices, updates], { inputs: [target, { rank, size }], attributes: axis }) {
    // ScatterND would take whole rows, but at two threads it loses updates to repeated ones.
    const shape = target.shape.map((extent, at) => (at === axis ? size : extent))
    const line = shape.map((_, at) => (at === axis ? size : 1))
    const everywhere = lowering.node('Expand', [lowering.reshape(indices, line), lowering.int64(shape)])
    const flat = rank === 1 ? updates : lowering.reshape(updates, shape)
    return lowering.node('ScatterElements', [x, everywhere, flat], { axis, reduction: 'add' })
  },
  sum(x, indices, updates, axis) {
    // Up to 256 rows a one-hot product is 1.8 times as fast as adding element by element; at 1,024 half as fast.
    const width = x.size / x.shape[0]
    if (axis > 0 || x.shape[0] > 256 || width < 32) return undefined
    const chosen = cast(equal(reshape(iota(x.shape[0]), [-1, 1]), reshape(indices, [1, -1])), 'f32')
    return reshape(matmul(chosen, reshape(updates, [-1, width]), { uncounted: true }), x.shape)
  },
})
export const gatherOperator = rows.reader
/** The slices of x at `indices` along an axis, which the axes of `indices` replace: an embedding look-up. */
export const gather = rows.read
/** x with the slices `updates` added at `indices` along an axis; repeated indices add up. The transpose of gather. */
export const scatterAdd = rows.add

const elements = indexing({
  read: 'gatherElements',
  add: 'scatterAddElements',
  shape(x, indices, axis) {
    const fits = indices.length === x.length && indices.every((extent, at) => at === axis || extent === x[at])
    return fits ? indices : undefined
  },
  fit: 'and of its shape except along that axis',
  offsets(x, indices, axis) {
    const strides = stridesOf(x)
    const across = strides.map((stride, at) => (at === axis ? 0 : stride))
    return stridedOffsets(indices.shape, across).map((start, i) => start + indices.data[i] * strides[axis])
  },
  onnxRead: 'GatherElements',
  onnxAdd: (lowering, inputs, { attributes: axis }) =>
    lowering.node('ScatterElements', inputs, { axis, reduction: 'add' }),
})
/** Along one axis, the elements of x that `indices` point to, line by line; the other axes of both are the same. */
export const gatherElements = elements.read
/** x with `updates` added, line by line along one axis, where `indices` point. The transpose of gatherElements. */
export const scatterAddElements = elements.add

/** 1 at the index and 0 elsewhere along a new last axis of extent `depth`; an index outside gives zeros alone. */
export function oneHot(indices: Tensor, depth: number): Tensor {
  return cast(equal(unsqueeze(indices, -1), iota(depth)), 'f32')
}
