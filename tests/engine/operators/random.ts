/** Seeded test data. Every generator starts from a name, so that a case's numbers do not depend on its neighbours. */
import { type Shape, sizeOf, type TensorData } from '#seqlab/engine/tensor.js'

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  normal(shape: Shape, scale?: number, mean?: number): TensorData
  uniform(shape: Shape, low: number, high: number): TensorData
  /** Evenly spaced numbers in [−1, 1], shuffled: no two are close, so maxima and orders are far from ties. */
  distinct(shape: Shape): TensorData
  /** i32 in [low, high). */
  integers(shape: Shape, low: number, high: number): TensorData
  booleans(shape: Shape, probability?: number): TensorData
}

export function f32(shape: Shape, values: ArrayLike<number>): TensorData {
  return { shape, dtype: 'f32', data: Float32Array.from(values) }
}
export function i32(shape: Shape, values: ArrayLike<number>): TensorData {
  return { shape, dtype: 'i32', data: Int32Array.from(values) }
}
export function bool(shape: Shape, values: ArrayLike<number>): TensorData {
  return { shape, dtype: 'bool', data: Uint8Array.from(values) }
}

/** mulberry32, seeded by the letters of a name. */
export function seeded(name: string): Random {
  let state = 0x9e3779b9
  for (const letter of name) state = Math.imul(state ^ letter.charCodeAt(0), 0x01000193)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const gaussian = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  const draw = (shape: Shape, value: () => number) => Array.from({ length: sizeOf(shape) }, value)
  return {
    next,
    normal: (shape, scale = 1, mean = 0) =>
      f32(
        shape,
        draw(shape, () => mean + scale * gaussian()),
      ),
    uniform: (shape, low, high) =>
      f32(
        shape,
        draw(shape, () => low + (high - low) * next()),
      ),
    distinct(shape) {
      const size = sizeOf(shape)
      const values = Array.from({ length: size }, (_, index) => (2 * index + 1) / size - 1)
      for (let i = size - 1; i > 0; i--) {
        const j = Math.floor(next() * (i + 1))
        ;[values[i], values[j]] = [values[j], values[i]]
      }
      return f32(shape, values)
    },
    integers: (shape, low, high) =>
      i32(
        shape,
        draw(shape, () => low + Math.floor((high - low) * next())),
      ),
    booleans: (shape, probability = 0.5) =>
      bool(
        shape,
        draw(shape, () => +(next() < probability)),
      ),
  }
}
