/** Values known while tracing. */
import { defineOperator, expect, expectOfType, expectShape } from '../operator.js'
import { type DType, type Shape, type Spec, sizeOf, Tensor, type TensorData } from '../tensor.js'
import { apply } from '../trace.js'

/** Numbers accepted wherever a tensor is: they take the type of the other operand. */
export type TensorLike = Tensor | number

export const constantOperator = defineOperator<TensorData>({
  name: 'constant',
  infer: (_, { shape, dtype }) => [{ shape, dtype }],
  gradient: () => [],
  reference: (_, { data, dtype }) => [
    dtype === 'f32' ? Float64Array.from(data) : (data as Int32Array | Uint8Array).slice(),
  ],
  onnx: (lowering, _, node) => lowering.constant(node.attributes),
  key: ({ shape, dtype, data }) => `${dtype}[${shape}]${fingerprint(data)}`,
})

/** A tensor of the given numbers, row-major. */
export function constant(data: TensorData['data'] | readonly number[], shape?: Shape, dtype?: DType): Tensor {
  const type = dtype ?? (data instanceof Int32Array ? 'i32' : data instanceof Uint8Array ? 'bool' : 'f32')
  if (!(data instanceof Int32Array || data instanceof Uint8Array))
    for (const value of data) expectOfType(value, type, 'constant')
  const values =
    type === 'f32'
      ? data instanceof Float64Array
        ? data
        : Float32Array.from(data)
      : type === 'i32'
        ? Int32Array.from(data)
        : Uint8Array.from(data)
  const form = shape ?? [values.length]
  expectShape(form, 'constant', () => 'the shape')
  expect(
    sizeOf(form) === values.length,
    'constant',
    () => `the shape [${form}] needs ${sizeOf(form)} values, got ${values.length}`,
  )
  return apply(constantOperator, [], { shape: form, dtype: type, data: values })[0]
}

/** A rank-0 tensor. Kept in double precision until an executor rounds it. */
export function scalar(value: number, dtype: DType = 'f32'): Tensor {
  return constant(dtype === 'f32' ? Float64Array.of(value) : [value], [], dtype)
}

/** The tensor itself, or the number as a scalar of the type of `like`; `operator` says who wants it. */
export function asTensor(value: TensorLike, like: Pick<Spec, 'dtype'> = { dtype: 'f32' }, operator = 'scalar'): Tensor {
  if (value instanceof Tensor) return value
  expectOfType(value, like.dtype, operator)
  return scalar(value, like.dtype)
}

/** 0, 1, …, count − 1 as i32. */
export function iota(count: number): Tensor {
  return constant(Int32Array.from({ length: count }, (_, index) => index))
}

/** The value of a scalar constant, where a tensor is one. */
export function scalarValue(tensor: Tensor): number | undefined {
  const data = constantData(tensor)
  return data && data.length === 1 ? data[0] : undefined
}

/** The numbers behind a constant. */
export function constantData(tensor: Tensor): TensorData['data'] | undefined {
  return tensor.node?.operator === constantOperator ? (tensor.node.attributes as TensorData).data : undefined
}

/** 106 bits over the bytes: equal constants are found by it, and two different ones collide never in practice. */
export function fingerprint(data: ArrayBufferView): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  let a = 0x811c9dc5
  let b = 0x1b873593
  let c = 0x9747b28c
  let d = bytes.length
  for (let i = 0; i < bytes.length; i++) {
    a = Math.imul(a ^ bytes[i], 0x01000193)
    b = Math.imul(b + bytes[i], 0x85ebca6b) ^ (b >>> 13)
    c = Math.imul(c ^ bytes[i], 0xc2b2ae35) + (c >>> 15)
    d = Math.imul(d + bytes[i], 0x27d4eb2f) ^ (d >>> 11)
  }
  return [a, b, c, d].map((part) => (part >>> 0).toString(36)).join('.')
}
