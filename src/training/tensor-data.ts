import type { TensorData } from '../engine/index.js'
import { UserError } from '../platform/errors.js'

/** The safetensors types that can be read, with the bytes an element takes. */
export const itemSizes = { BOOL: 1, U8: 1, F16: 2, BF16: 2, F32: 4, I32: 4, F64: 8, I64: 8 }
export type StoredType = keyof typeof itemSizes

/** The type under which data is stored: numbers as wide as they are held. */
export function storedType({ data }: TensorData): StoredType {
  return data instanceof Float64Array
    ? 'F64'
    : data instanceof Float32Array
      ? 'F32'
      : data instanceof Int32Array
        ? 'I32'
        : 'BOOL'
}

/** The type that a stored one is held in. */
export const heldType = (stored: StoredType): TensorData['dtype'] =>
  stored === 'BOOL' || stored === 'U8' ? 'bool' : stored === 'I32' || stored === 'I64' ? 'i32' : 'f32'

/** Interprets the bytes of one tensor: in place where their alignment allows. `where` names file and tensor in errors. */
export function readTensor(dtype: StoredType, shape: number[], bytes: Uint8Array, where: string): TensorData {
  const unaligned = bytes.byteOffset % itemSizes[dtype] !== 0
  const { buffer, byteOffset } = unaligned ? bytes.slice() : bytes
  const length = bytes.length / itemSizes[dtype]
  switch (dtype) {
    case 'BOOL':
    case 'U8':
      return { shape, dtype: 'bool', data: new Uint8Array(buffer, byteOffset, length) }
    case 'F32':
      return { shape, dtype: 'f32', data: new Float32Array(buffer, byteOffset, length) }
    case 'F64':
      return { shape, dtype: 'f32', data: new Float64Array(buffer, byteOffset, length) }
    case 'I32':
      return { shape, dtype: 'i32', data: new Int32Array(buffer, byteOffset, length) }
    case 'I64':
      return { shape, dtype: 'i32', data: narrowed(new BigInt64Array(buffer, byteOffset, length), where) }
    case 'F16':
      return { shape, dtype: 'f32', data: Float32Array.from(new Uint16Array(buffer, byteOffset, length), halfToNumber) }
    case 'BF16': {
      // A bfloat16 is the upper half of a float32.
      const bits = Uint32Array.from(new Uint16Array(buffer, byteOffset, length), (half) => half << 16)
      return { shape, dtype: 'f32', data: new Float32Array(bits.buffer) }
    }
  }
}

function narrowed(values: BigInt64Array, where: string): Int32Array {
  const narrow = new Int32Array(values.length)
  for (let i = 0; i < values.length; i++) {
    narrow[i] = Number(values[i])
    if (BigInt(narrow[i]) !== values[i]) {
      throw new UserError(`${where} holds ${values[i]} at ${i}, which no 32-bit integer can – convert the file first`)
    }
  }
  return narrow
}

/** IEEE 754 half precision: 1 bit of sign, 5 of exponent (bias 15), 10 of fraction. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}
