import { describe, expect, it } from 'vitest'
import { concat, runReference, slice, type Tensor, type TensorData, trace, zeros } from '#seqlab/engine/index.js'
import { createModel } from '#seqlab/models/index.js'
import { type Earlier, longConvolution, longConvolutionByPairs } from '#seqlab/nn/long-convolution.js'
import { pastAndPresent } from '#seqlab/nn/token-cache.js'
import { checkSequences } from '#seqlab/training/index.js'
import { seeded } from '../training/seeded.js'

const noise = (shape: number[], seed: number): TensorData => {
  const random = seeded(seed)
  const size = shape.reduce((a, b) => a * b, 1)
  return { shape, dtype: 'f32', data: Float64Array.from({ length: size }, () => random(2 ** 20) / 2 ** 19 - 1) }
}

const numbers = (rows: number[][]): TensorData => ({
  shape: [rows.length, rows[0].length],
  dtype: 'i32',
  data: Int32Array.from(rows.flat()),
})

function run(inputs: TensorData[], fn: (...tensors: Tensor[]) => Tensor): ArrayLike<number> {
  return runReference(
    trace((given: Tensor[]) => [fn(...given)], inputs),
    inputs,
  )[0].data
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0)

const none = (channels: number): Earlier => ({ tokens: zeros([2, 0, channels]), numbers: zeros([2, 0], 'i32') })
/** Rows of 150 tokens: documents of several lengths, padding between and within them. */
const packed = numbers(
  [40, 7].map((first) =>
    Array.from({ length: 150 }, (_, t) => (t % 11 === 5 || t > 140 ? -1 : t < first ? 0 : t < 130 ? 1 : 2)),
  ),
)

describe('longConvolution', () => {
  it('by transforms is the sum over pairs, at any length, with a kernel for all channels and one for each', () => {
    for (const [T, lags, channels] of [
      [1, 1, 3],
      [64, 64, 3],
      [150, 150, 1],
      [150, 70, 3],
      [200, 300, 3],
    ]) {
      const inputs = [noise([2, T, 3], 1), noise([channels, lags], 2)]
      const [fast, pairs] = [longConvolution, longConvolutionByPairs].map((convolve) =>
        run(inputs, (x, kernel) => convolve(x, kernel, none(3), {})),
      )
      expect(largest(fast, pairs)).toBeLessThan(1e-12)
    }
  })

  it('continues from the tokens before it, one at a time or many', () => {
    const inputs = [noise([2, 150, 3], 1), noise([3, 150], 2)]
    const whole = run(inputs, (x, kernel) => longConvolution(x, kernel, none(3), {}))
    const parts = run(inputs, (x, kernel) => {
      const cuts = [0, 100, 101, 150]
      const each = cuts.slice(1).map((to, i) => {
        const earlier = { tokens: slice(x, 1, 0, cuts[i]), numbers: zeros([2, cuts[i]], 'i32') }
        return longConvolution(slice(x, 1, cuts[i], to), kernel, earlier, {})
      })
      return concat(each, 1)
    })
    expect(largest(parts, whole)).toBeLessThan(1e-12)
  })

  it('by halving is the sum over pairs of one document, padding left out', () => {
    const inputs = [noise([2, 150, 3], 1), noise([3, 150], 2), packed]
    const [fast, pairs] = [longConvolution, longConvolutionByPairs].map((convolve) =>
      run(inputs, (x, kernel, documents) => convolve(x, kernel, none(3), { documents })),
    )
    const real = Array.from({ length: fast.length }, (_, i) => i).filter((i) => packed.data[Math.floor(i / 3)] >= 0)
    const seen = (values: ArrayLike<number>) => real.map((i) => values[i])
    expect(largest(seen(fast), seen(pairs))).toBeLessThan(1e-12)
  })

  it('where documents are given, huge values do not reach earlier tokens or other documents', () => {
    const x = noise([2, 150, 3], 1)
    const planted = { ...x, data: x.data.map((value, i) => (Math.floor(i / 3) % 150 >= 135 ? 1e30 : value)) }
    const [before, after] = [x, planted].map((given) =>
      run([given, noise([3, 150], 2), packed], (x, kernel, documents) => {
        return slice(longConvolution(x, kernel, none(3), { documents }), 1, 0, 135)
      }),
    )
    expect(largest(before, after)).toBe(0)
  })
})

describe('pastAndPresent', () => {
  it('counts places in documents, and shows earlier tokens of the same', () => {
    const documents = numbers([[0, -1, 0, 1, 1, -1]])
    const places = run([documents], (given) => {
      return pastAndPresent(undefined, { positions: given, documents: given }).places
    })
    expect([0, 2, 3, 4].map((t) => places[t])).toEqual([0, 1, 0, 1])
  })
})

describe('a mixer with an end', () => {
  const model = createModel({
    dim: 16,
    layers: 2,
    mixers: [{ id: 'masked-mixer', length: 64 }, { id: 'softmax' }],
    input: { kind: 'tokens', vocabulary: 8 },
  })

  it('gives the model its longest document', () => {
    expect(model.longest).toBe(64)
  })

  it('is refused longer sequences before the first step', () => {
    checkSequences(model, { context: 64, carry: false })
    expect(() => checkSequences(model, { context: 65, carry: false })).toThrow(/at most 64.*masked-mixer.*65/)
  })
})
