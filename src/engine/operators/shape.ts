/** The same numbers in another shape or order: reshape, transpose, broadcast, triangles. */
import { broadcastOffsets, broadcastShapes, stridedOffsets } from '../loops.js'
import { allocate, defineOperator, expect, expectShape, type Operator, type ReferenceData } from '../operator.js'
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
export function take(data: ReferenceData, offsets: Int32Array, spec: Spec): ReferenceData {
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
