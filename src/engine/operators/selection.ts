/** Choosing between values by a condition, and changing their type. */
import { broadcastOffsets, broadcastShapes } from '../loops.js'
import { allocate, defineOperator, expect } from '../operator.js'
import { type DType, describe, type Spec, sizeOf, type Tensor } from '../tensor.js'
import { apply } from '../trace.js'
import { asTensor, type TensorLike } from './constant.js'
import { sumTo } from './reduce.js'

const whereOperator = defineOperator<null>({
  name: 'where',
  infer([condition, a, b]) {
    expect(
      condition.dtype === 'bool',
      'where',
      () => `the condition must be bool, got ${describe(condition)} – compare or cast it`,
    )
    expect(
      a.dtype === b.dtype,
      'where',
      () => `both branches need one type, got ${describe(a)} and ${describe(b)} – cast one`,
    )
    const shape = broadcastShapes(condition.shape, a.shape, b.shape)
    expect(shape !== undefined, 'where', () => {
      return `shapes must broadcast, got ${[condition, a, b].map(describe).join(', ')} – trailing axes must be equal or 1`
    })
    return [{ shape, dtype: a.dtype }]
  },
  gradient({ inputs: [condition, a, b], cotangents: [g], wanted }) {
    if (!g) return []
    return [
      undefined,
      wanted[1] ? sumTo(where(condition, g, 0), a.shape) : undefined,
      wanted[2] ? sumTo(where(condition, 0, g), b.shape) : undefined,
    ]
  },
  reference([condition, a, b], _, [spec]) {
    const out = allocate(spec, sizeOf(spec.shape))
    const offsets = [condition, a, b].map((operand) => broadcastOffsets(operand.shape, spec.shape))
    for (let i = 0; i < out.length; i++)
      out[i] = condition.data[offsets[0][i]] ? a.data[offsets[1][i]] : b.data[offsets[2][i]]
    return [out]
  },
  onnx(lowering, inputs, { outputs: [y] }) {
    if (y.dtype !== 'bool') return lowering.node('Where', inputs)
    // ONNX Runtime has no Where of booleans.
    const [condition, a, b] = inputs
    const chosen = lowering.node('And', [condition, a])
    return lowering.node('Or', [chosen, lowering.node('And', [lowering.node('Not', [condition]), b])])
  },
})
/** a where the condition holds, else b. Selects, so what is not chosen may be infinite or NaN. */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  const left = asTensor(a, typeof b === 'number' ? undefined : b, 'where')
  return apply(whereOperator, [condition, left, asTensor(b, left, 'where')], null)[0]
}

const onnxTypes = { f32: 'float', i32: 'int32', bool: 'bool' } as const
const castOperator = defineOperator<DType>({
  name: 'cast',
  infer: ([x], dtype): Spec[] => [{ shape: x.shape, dtype }],
  gradient: ({ inputs: [x], cotangents: [g], attributes }) => [
    g && x.dtype === 'f32' && attributes === 'f32' ? g : undefined,
  ],
  reference([x], dtype, [spec]) {
    const out = allocate(spec, x.data.length)
    for (let i = 0; i < out.length; i++)
      out[i] = dtype === 'bool' ? +(x.data[i] !== 0) : dtype === 'i32' ? Math.trunc(x.data[i]) : x.data[i]
    return [out]
  },
  onnx: (lowering, [x], node) => lowering.cast(x, onnxTypes[node.attributes]),
})
/**
 * Changes the type: floats truncate towards zero, anything but zero is true. NaN and floats beyond 32 bits give integers
 * that differ between executors.
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : apply(castOperator, [x], dtype)[0]
}
