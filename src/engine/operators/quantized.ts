/** Products with a matrix kept in few bits, and look-ups of its columns: blocks of weights that share a scale. */

import type { OnnxLowering } from '../onnx/lowering.js'
import { defineOperator, expect, expectType } from '../operator.js'
import { describe, type Shape, sizeOf, type Tensor } from '../tensor.js'
import { apply } from '../trace.js'
import { fingerprint as fingerprintOf } from './constant.js'

export type WeightBits = 4 | 8

/** Weights along K that share a scale. A scale takes as much room as 8 weights of 4 bits, so shorter blocks save little. */
const block = 32

/**
 * A matrix [K, N] in blocks along K, the last one filled up with zeros: for each column and block the whole numbers
 * (w / scale) + 2^(bits − 1), the first of two in the low half of a byte.
 */
export interface QuantizedMatrix {
  readonly bits: WeightBits
  readonly K: number
  readonly N: number
  /** [N, blocks, block · bits / 8] */
  readonly packed: Uint8Array
  /** [N, blocks] */
  readonly scales: Float32Array
  /** Equal for equal numbers. */
  readonly fingerprint: string
}

/**
 * Rounds a matrix [K, N] to few bits, times `scale`. In each block the number of largest magnitude is exact, as −2^(bits − 1)
 * steps; others are off by half a step at most, or by one where they are of the other sign and nearly as large.
 *
 * @param options.transposed whether the numbers are given as [N, K]
 * @param options.into where the result is written: {@link quantizedBytes} of them; memory of its own by default
 */
export function quantize(
  { shape, data }: { readonly shape: Shape; readonly data: ArrayLike<number> },
  bits: WeightBits,
  options: { readonly transposed?: boolean; readonly scale?: number; readonly into?: Uint8Array } = {},
): QuantizedMatrix {
  const { transposed = false, scale = 1 } = options
  expect(shape.length === 2, 'quantize', () => `takes a matrix, got [${shape.join(', ')}]`)
  const [K, N] = transposed ? [shape[1], shape[0]] : shape
  const [alongK, alongN] = transposed ? [1, K] : [N, 1]
  const blocks = Math.ceil(K / block)
  const into = options.into ?? new Uint8Array(quantizedBytes([K, N], bits))
  const scales = new Float32Array(into.buffer, into.byteOffset, N * blocks)
  const packed = into.subarray(scales.byteLength)
  const zero = 2 ** (bits - 1)
  const levels = new Uint8Array(block)
  for (let first = 0; first < blocks; first++) {
    const count = Math.min(block, K - first * block)
    for (let n = 0; n < N; n++) {
      const start = first * block * alongK + n * alongN
      let extreme = 0
      let sum = 0
      for (let i = 0; i < count; i++) {
        const value = data[start + i * alongK]
        if (Math.abs(value) > Math.abs(extreme)) extreme = value
        sum += value
      }
      expect(
        Number.isFinite(sum),
        'quantize',
        () => 'takes finite numbers, got one that is not – look for it in training',
      )
      const at = n * blocks + first
      const step = Math.fround(extreme / -zero)
      scales[at] = step * scale
      levels.fill(zero)
      for (let i = 0; step !== 0 && i < count; i++)
        levels[i] = Math.min(2 * zero - 1, Math.round(data[start + i * alongK] / step) + zero)
      if (bits === 8) packed.set(levels, at * block)
      else for (let i = 0; i < block; i += 2) packed[(at * block + i) / 2] = levels[i] | (levels[i + 1] << 4)
    }
  }
  return { bits, K, N, packed, scales, fingerprint: `${fingerprintOf(packed)}-${fingerprintOf(scales)}` }
}

/** What a quantized matrix [K, N] takes, a multiple of 4. */
export function quantizedBytes([K, N]: Shape, bits: WeightBits): number {
  const blocks = Math.ceil(K / block)
  return N * blocks * ((block * bits) / 8 + Float32Array.BYTES_PER_ELEMENT)
}

/** The matrix [K, N] that a quantized one stands for. */
export function dequantize({ bits, K, N, packed, scales }: QuantizedMatrix): Float64Array {
  const blocks = Math.ceil(K / block)
  const zero = 2 ** (bits - 1)
  const matrix = new Float64Array(K * N)
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      const at = n * blocks * block + k
      const level = bits === 8 ? packed[at] : (packed[at >> 1] >> (4 * (at & 1))) & 15
      matrix[k * N + n] = scales[n * blocks + Math.floor(k / block)] * (level - zero)
    }
  }
  return matrix
}

export const quantizedMatmulOperator = defineOperator<QuantizedMatrix>({
  name: 'quantizedMatmul',
  infer([x], { K, N }) {
    expectType([x], ['f32'], 'quantizedMatmul')
    expect(x.shape.length >= 2 && x.shape.at(-1) === K, 'quantizedMatmul', () => {
      return `needs [..., M, K] with K ${K} for weights [${K}, ${N}], got ${describe(x)}`
    })
    return [{ shape: [...x.shape.slice(0, -1), N], dtype: 'f32' }]
  },
  gradient: () => withoutGradient('quantizedMatmul'),
  reference([x], weights, [y]) {
    const { K, N } = weights
    const matrix = dequantize(weights)
    const out = new Float64Array(sizeOf(y.shape))
    for (let at = 0; at < out.length; at++) {
      const [row, n] = [Math.floor(at / N), at % N]
      for (let k = 0; k < K; k++) out[at] += x.data[row * K + k] * matrix[k * N + n]
    }
    return [out]
  },
  onnx(lowering, [x], { attributes: weights, outputs: [y] }) {
    const { bits, K, N } = weights
    if (y.size === 0 || K === 0) return lowering.node('Expand', [lowering.scalar(0), lowering.int64(y.shape)])
    const inputs = [x, packedOf(lowering, weights, 'blocks'), scalesOf(lowering, weights)]
    // Level 4 rounds the blocks of x to 8 bits too. At 4 bits that takes 2.9 instead of 7.8 ms (100 million weights, one
    // thread; 31 ms in f32), and its error is far below that of the weights; at 8 bits there is no other fast kernel.
    return lowering.node('MatMulNBits', inputs, { K, N, bits, block_size: block, accuracy_level: 4 }, 'com.microsoft')
  },
  flops: (_, { K }, [y]) => 2 * K * sizeOf(y.shape),
  key: ({ bits, K, N, fingerprint: digest }) => `${bits}[${K}, ${N}]${digest}`,
})

/** x [..., M, K] by a quantized matrix [K, N]. Executors may round x to 8 bits, block by block. Has no gradient. */
export function quantizedMatmul(x: Tensor, weights: QuantizedMatrix): Tensor {
  return apply(quantizedMatmulOperator, [x], weights)[0]
}

const quantizedGatherOperator = defineOperator<QuantizedMatrix>({
  name: 'quantizedGather',
  infer([indices], { K }) {
    expectType([indices], ['i32'], 'quantizedGather')
    return [{ shape: [...indices.shape, K], dtype: 'f32' }]
  },
  gradient: () => withoutGradient('quantizedGather'),
  reference([indices], weights, [y]) {
    const { K, N } = weights
    const matrix = dequantize(weights)
    return [
      Float64Array.from(
        { length: sizeOf(y.shape) },
        (_, at) => matrix[(at % K) * N + indices.data[Math.floor(at / K)]],
      ),
    ]
  },
  onnx(lowering, [indices], { attributes: weights, outputs: [y] }) {
    const { bits, K } = weights
    if (y.size === 0) return lowering.node('Expand', [lowering.scalar(0), lowering.int64(y.shape)])
    const inputs = [packedOf(lowering, weights, 'rows'), indices, scalesOf(lowering, weights)]
    const axes = { gather_axis: 0, quantize_axis: 1, block_size: block, bits }
    const rows = lowering.node('GatherBlockQuantized', inputs, axes, 'com.microsoft')
    return K % block === 0
      ? rows
      : lowering.node('Slice', [rows, ...[0, K, y.shape.length - 1].map((at) => lowering.int64([at]))])
  },
  key: quantizedMatmulOperator.key,
})

/** The columns of a quantized matrix [K, N] at indices: [..., K], an embedding look-up. Has no gradient. */
export function quantizedGather(weights: QuantizedMatrix, indices: Tensor): Tensor {
  return apply(quantizedGatherOperator, [indices], weights)[0]
}

function withoutGradient(name: string): [] {
  expect(false, name, () => 'has no gradient – train with f32 weights and quantize what was learned')
  return []
}

/** The levels as an input: products want each block as an axis, look-ups rows. */
function packedOf(
  lowering: OnnxLowering,
  { bits, K, N, packed, fingerprint }: QuantizedMatrix,
  as: 'blocks' | 'rows',
): string {
  const [blocks, bytes] = [Math.ceil(K / block), (block * bits) / 8]
  return lowering.embedded(
    `${as}-${fingerprint}`,
    as === 'rows' ? [N, blocks * bytes] : [N, blocks, bytes],
    'uint8',
    packed,
  )
}

function scalesOf(lowering: OnnxLowering, { K, N, scales, fingerprint }: QuantizedMatrix): string {
  const blocks = Math.ceil(K / block)
  expect(scales.length === N * blocks, 'quantized weights', () => {
    return 'were freed after a session had taken them – quantize them again'
  })
  const bytes = new Uint8Array(scales.buffer, scales.byteOffset, scales.byteLength)
  return lowering.embedded(`scales-${fingerprint}`, [N, blocks], 'float', bytes)
}
