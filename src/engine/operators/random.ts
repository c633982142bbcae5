/**
 * Random numbers from explicit keys. A key is two 32-bit words; what is drawn depends on the key and the shape alone, so
 * use a key once, and split it or fold numbers into it for more. The generator is Threefry-2x32 with 20 rounds: Salmon,
 * Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
 */
import { defineOperator, expect } from '../operator.js'
import { describe, type Shape, sizeOf, type Tensor, type TensorData } from '../tensor.js'
import { apply } from '../trace.js'
import { asTensor, constant, type TensorLike } from './constant.js'
import { add, less, mod, mul, shiftRight } from './elementwise.js'
import { concat, slice, split } from './parts.js'
import { argMax } from './reduce.js'
import { cast } from './selection.js'
import { full, reshape, zeros } from './shape.js'
import { lowerThreefry, threefry2x32 } from './threefry.js'
import { cos, log, neg, sin, sqrt } from './unary.js'

interface Bits {
  readonly shape: Shape
  /** The counter begins here, so that drawing, splitting and folding never see the same block of a key. */
  readonly start: number
}
const begin = { drawing: 0, splitting: 2 ** 30, folding: -(2 ** 31) }

const bitsOperator = defineOperator<Bits>({
  name: 'randomBits',
  infer([key, word], { shape }) {
    expect(key.dtype === 'i32' && String(key.shape) === '2', 'randomBits', () => {
      return `takes a key i32[2], got ${describe(key)} – make one with randomKey`
    })
    expect(word.dtype === 'i32' && sizeOf(word.shape) === 1, 'randomBits', () => {
      return `takes one i32 to fold in, got ${describe(word)}`
    })
    return [{ shape, dtype: 'i32' }]
  },
  reference([key, word], { start }, [{ shape }]) {
    const out = new Int32Array(sizeOf(shape))
    const blocks = Math.ceil(out.length / 2)
    for (let block = 0; block < blocks; block++) {
      const [first, second] = threefry2x32(key.data[0], key.data[1], start + block, word.data[0])
      out[block] = first
      if (blocks + block < out.length) out[blocks + block] = second
    }
    return [out]
  },
  onnx(lowering, [key, word], { attributes: { shape, start } }) {
    const size = sizeOf(shape)
    const bits = lowerThreefry(lowering, key, word, start, Math.ceil(size / 2))
    const wanted = size % 2 === 0 ? bits : lowering.node('Slice', [bits, lowering.int64([0]), lowering.int64([size])])
    return lowering.reshape(wanted, shape)
  },
})

function draw(key: Tensor, shape: Shape, start: number, word: TensorLike = 0): Tensor {
  return sizeOf(shape) === 0
    ? zeros(shape, 'i32')
    : apply(bitsOperator, [key, asTensor(word, key, 'foldIn')], { shape, start })[0]
}

/** The key of a seed (any safe integer), to be fed as an input. */
export function keyOfSeed(seed: number): TensorData {
  expect(Number.isSafeInteger(seed), 'randomKey', () => `a seed is an integer within ±2⁵³, got ${seed}`)
  return { shape: [2], dtype: 'i32', data: Int32Array.of(Math.floor(seed / 2 ** 32), seed) }
}
/** The key of a seed as a constant. */
export function randomKey(seed: number): Tensor {
  const { data, shape, dtype } = keyOfSeed(seed)
  return constant(data, shape, dtype)
}
/** Independent new keys. */
export function splitKey(key: Tensor, count: number): Tensor[] {
  return split(draw(key, [count, 2], begin.splitting), count, 0).map((part) => reshape(part, [2]))
}
/** The new key for a number: a step, a layer, an i32 computed elsewhere. */
export function foldIn(key: Tensor, number: TensorLike): Tensor {
  return draw(key, [2], begin.folding, number)
}

/** 32 random bits each, as i32; the same on every executor. */
export function randomBits(key: Tensor, shape: Shape): Tensor {
  return draw(key, shape, begin.drawing)
}

/** Uniform on [0, 1) in steps of 2⁻²³; the same on every executor. */
export function uniform(key: Tensor, shape: Shape): Tensor {
  return mul(topBits(randomBits(key, shape), 23), 2 ** -23)
}

/** Standard normal, by Box and Muller's pairs: executors agree to 1e-6. Beyond 5.8 deviations it has no tail. */
export function normal(key: Tensor, shape: Shape): Tensor {
  const size = sizeOf(shape)
  const [first, second] = split(randomBits(key, [2, Math.ceil(size / 2)]), 2, 0)
  const radius = sqrt(mul(log(mul(add(topBits(first, 24), 1), 2 ** -24)), -2))
  const angle = mul(add(topBits(second, 24), -(2 ** 23)), Math.PI * 2 ** -23)
  const pairs = reshape(concat([mul(radius, cos(angle)), mul(radius, sin(angle))], 0), [-1])
  return reshape(slice(pairs, 0, 0, size), shape)
}

/** True with the given probability, rounded to a multiple of 2⁻¹⁶; the same on every executor. */
export function bernoulli(key: Tensor, probability: number, shape: Shape): Tensor {
  expect(probability >= 0 && probability <= 1, 'bernoulli', () => `a probability is within 0 … 1, got ${probability}`)
  const below = Math.round(probability * 2 ** 16)
  if (below === 0 || below === 2 ** 16) return full(shape, below === 0 ? 0 : 1, 'bool')
  // Each half of a word decides one: as signed numbers, words compare by their upper half.
  const size = sizeOf(shape)
  const threshold = below * 2 ** 16 - 2 ** 31
  const upper = randomBits(key, [Math.ceil(size / 2)])
  const lower = mul(upper, 2 ** 16)
  return reshape(slice(concat([less(upper, threshold), less(lower, threshold)], 0), 0, 0, size), shape)
}

/** Integers low … high − 1, each equally likely to within (high − low) / 2³¹; the same on every executor. */
export function randomInteger(key: Tensor, shape: Shape, low: number, high: number): Tensor {
  expect(Number.isInteger(low) && Number.isInteger(high) && high > low && high - low < 2 ** 31, 'randomInteger', () => {
    return `needs integers low < high less than 2³¹ apart, got ${low} and ${high}`
  })
  return add(mod(shiftRight(randomBits(key, shape), 1), high - low), low)
}

/** Standard Gumbel noise: the argmax of logits plus it is a draw from their softmax. */
export function gumbel(key: Tensor, shape: Shape): Tensor {
  return neg(log(neg(log(mul(add(topBits(randomBits(key, shape), 23), 0.5), 2 ** -23)))))
}

/** Indices drawn from softmax(logits) along an axis. */
export function categorical(key: Tensor, logits: Tensor, axis = -1): Tensor {
  return argMax(add(logits, gumbel(key, logits.shape)), axis)
}

/** The uppermost bits as a number that f32 holds exactly. */
function topBits(bits: Tensor, count: number): Tensor {
  return cast(shiftRight(bits, 32 - count), 'f32')
}
