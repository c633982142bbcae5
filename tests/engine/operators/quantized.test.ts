/** Quantized matrices: how far rounding moves a number, and products on ONNX Runtime against the float64 reference. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  dequantize,
  type Executor,
  grad,
  onnxExecutor,
  type QuantizedMatrix,
  quantize,
  quantizedGather,
  quantizedMatmul,
  runReference,
  sum,
  type Tensor,
  type TensorData,
  trace,
} from '#seqlab/engine/index.js'
import '#seqlab/index.js'
import { seeded } from './random.js'

const block = 32
const bits = [4, 8] as const
const shapes = [
  [32, 1],
  [33, 5],
  [50, 7],
  [96, 40],
  [7, 3],
  [257, 64],
] as const

/** The step of the block that number (k, n) is in. */
const stepOf = ({ K, N, scales }: QuantizedMatrix, at: number) =>
  Math.abs(scales[(at % N) * Math.ceil(K / block) + Math.floor(at / N / block)])

describe.each(bits)('a matrix in %i bits', (width) => {
  it.each(shapes)('is off by half a step, or by one at the other end ([%i, %i])', (K, N) => {
    const weights = seeded(`${width} ${K} ${N}`).normal([K, N])
    const quantized = quantize(weights, width)
    const wrong = [...dequantize(quantized)].filter((value, at) => {
      const step = stepOf(quantized, at)
      const isFar = Math.abs(weights.data[at]) > (2 ** (width - 1) - 1.5) * step
      return !(Math.abs(value - weights.data[at]) <= step * (isFar ? 1 : 0.5) + 1e-6 * step)
    })
    expect(wrong).toEqual([])
  })

  it('is the same from a transposed one, and takes a factor', () => {
    const weights = seeded('transposed').normal([45, 6])
    const turned = Float32Array.from({ length: 270 }, (_, at) => weights.data[(at % 45) * 6 + Math.floor(at / 45)])
    const given = quantize({ shape: [6, 45], data: turned }, width, { transposed: true })
    expect(given).toEqual(quantize(weights, width))
    const half = dequantize(quantize(weights, width, { scale: 0.5 }))
    expect([...half]).toEqual([...dequantize(given)].map((value) => value / 2))
  })

  it('keeps zeros, and refuses what is not finite', () => {
    const zeros = { shape: [40, 2], data: new Float32Array(80) }
    expect(dequantize(quantize(zeros, width)).every((value) => value === 0)).toBe(true)
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const data = Float32Array.from({ length: 80 }, (_, at) => (at === 77 ? wrong : 1))
      expect(() => quantize({ shape: [40, 2], data }, width)).toThrow('quantize: takes finite numbers')
    }
  })
})

describe.each([1, 2])('a product with a quantized matrix, %i threads', (threads) => {
  let executor: Executor
  beforeAll(async () => {
    executor = await onnxExecutor({ threads, worker: threads === 2 })
  })
  afterAll(() => executor.close())

  const batches = [[1], [5], [2, 3], [0]]
  const each = bits.flatMap((width) => shapes.flatMap(([K, N]) => batches.map((rows) => ({ width, K, N, rows }))))
  it.each(each)('is that of the reference, but for x in 8 bits: $width bits, [$K, $N], rows $rows', async (sizes) => {
    const { width, K, N, rows } = sizes
    const random = seeded(JSON.stringify(sizes))
    const weights = quantize(random.normal([K, N]), width)
    const x = random.normal([...rows, K])
    const input = { shape: rows.length === 1 ? [rows[0], K] : [...rows, K], dtype: 'f32' as const, data: x.data }
    const program = trace((t: Tensor) => quantizedMatmul(t, weights), { shape: input.shape, dtype: 'f32' as const })
    const [expected] = runReference(program, [input])
    const executable = await executor.compile(program)
    const [got] = await executable.run([input])
    expect(got.shape).toEqual([...input.shape.slice(0, -1), N])
    const matrix = dequantize(weights)
    const wrong = [...got.data].filter(
      (value, at) => !(Math.abs(value - expected.data[at]) <= roundingBound(input, matrix, at, N)),
    )
    expect(wrong).toEqual([])
  })
})

describe.each(bits)('a look-up in a quantized table, %i bits', (width) => {
  it.each(shapes)('gives the columns of [%i, %i] as they are rounded', async (K, N) => {
    const weights = quantize(seeded(`look-up ${width} ${K} ${N}`).normal([K, N]), width)
    const indices = Int32Array.from({ length: 6 }, (_, at) => (at * 5 + N - 1) % N)
    const feed = { shape: [2, 3], dtype: 'i32' as const, data: indices }
    const program = trace((t: Tensor) => quantizedGather(weights, t), { shape: [2, 3], dtype: 'i32' as const })
    const [expected] = runReference(program, [feed])
    const matrix = dequantize(weights)
    expect([...expected.data]).toEqual(
      [...indices].flatMap((n) => Array.from({ length: K }, (_, k) => matrix[k * N + n])),
    )
    const executor = await onnxExecutor({ threads: 1, worker: false })
    const [got] = await (await executor.compile(program)).run([feed])
    await executor.close()
    expect(got.shape).toEqual([2, 3, K])
    // A level times a scale, both exact in f32: one rounding.
    expect(got.data).toEqual(Float32Array.from(expected.data))
  })
})

/** How far an output may be off when each block of x is rounded to 127 steps of either sign, and sums to f32. */
function roundingBound({ shape, data }: TensorData, matrix: Float64Array, at: number, N: number): number {
  const K = shape[shape.length - 1]
  const [row, n] = [Math.floor(at / N), at % N]
  let bound = 0
  for (let first = 0; first < K; first += block) {
    const own = Array.from(data.slice(row * K + first, row * K + Math.min(K, first + block)), Math.abs)
    const halfStep = Math.max(...own) / 254
    own.forEach((magnitude, i) => {
      bound += (halfStep + 1e-5 * magnitude) * Math.abs(matrix[(first + i) * N + n])
    })
  }
  return bound * (1 + 1e-5) + 1e-9
}

describe('quantizedMatmul', () => {
  const weights = quantize(seeded('errors').normal([40, 3]), 4)

  it('names what it cannot take', () => {
    const traced = (...shape: number[]) =>
      trace((x: Tensor) => quantizedMatmul(x, weights), { shape, dtype: 'f32' as const })
    expect(() => traced(2, 41)).toThrow('needs [..., M, K] with K 40 for weights [40, 3], got f32[2, 41]')
    expect(() => quantize({ shape: [2, 3, 4], data: new Float32Array(24) }, 4)).toThrow('takes a matrix, got [2, 3, 4]')
  })

  it('has no gradient, and says so', () => {
    const loss = (x: Tensor) => sum(quantizedMatmul(x, weights))
    expect(() => trace((x: Tensor) => grad(loss)(x), { shape: [2, 40], dtype: 'f32' as const })).toThrow(
      'quantizedMatmul: has no gradient – train with f32 weights',
    )
  })

  it('refuses weights that were freed', async () => {
    const given = quantize(seeded('freed').normal([40, 3]), 4)
    const program = trace((x: Tensor) => quantizedMatmul(x, given), { shape: [1, 40], dtype: 'f32' as const })
    structuredClone(given.scales.buffer, { transfer: [given.scales.buffer as ArrayBuffer] })
    const executor = await onnxExecutor({ threads: 1, worker: false })
    await expect(executor.compile(program)).rejects.toThrow(
      'quantized weights: were freed after a session had taken them',
    )
    await executor.close()
  })
})
