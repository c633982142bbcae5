/** The formulas of docs/flops.md, term by term, against the count from programs. All are exact. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createModel, preset, presets } from '#seqlab/models/index.js'
import { trainingFlops } from '#seqlab/training/flops.js'

interface Size {
  /** D, L, H, W, V: width, layers, heads, width of the MLP, vocabulary. */
  readonly D: number
  readonly L: number
  readonly H: number
  readonly W: number
  readonly V: number
  readonly B: number
  readonly T: number
}

interface Cost {
  readonly forward: number
  readonly training: number
}

const sizes: readonly Size[] = [
  { D: 32, L: 1, H: 1, W: 128, V: 50, B: 1, T: 64 },
  { D: 48, L: 2, H: 4, W: 100, V: 257, B: 3, T: 40 },
  { D: 64, L: 3, H: 2, W: 256, V: 31, B: 2, T: 100 },
]

/** Products whose operands both have gradients cost twice the forward pass in the backward one. */
const both = (forward: number): Cost => ({ forward, training: 3 * forward })
/** A constant operand: one product in the backward pass. */
const single = (forward: number): Cost => ({ forward, training: 2 * forward })
const total = (...costs: readonly Cost[]): Cost => ({
  forward: costs.reduce((sum, { forward }) => sum + forward, 0),
  training: costs.reduce((sum, { training }) => sum + training, 0),
})
const times = (factor: number, { forward, training }: Cost): Cost => ({
  forward: factor * forward,
  training: factor * training,
})

/** A whole model a token, from what a mixer costs a token. */
const whole = ({ L, D, W, V }: Size, mixer: Cost): Cost =>
  total(times(L, total(mixer, both(4 * D * W))), both(2 * D * V))

/** Chunks are whole: tokens that are computed, to tokens that there are. */
const padding = (T: number, C: number) => (Math.ceil(T / C) * C) / T

function counted(name: string, { D, L, H, W, V, B, T }: Size, mixer: object = {}, rest: object = {}): Cost {
  const base = preset(name)
  const model = createModel({
    ...base,
    mixers: base.mixers.map((each) => ({ ...each, ...mixer })),
    dim: D,
    layers: L,
    heads: H,
    channelWidth: W,
    input: { kind: 'tokens', vocabulary: V },
    ...rest,
  })
  const { forward, perToken } = trainingFlops(model, { batch: B, context: T, weighted: false, resets: false })
  return { forward, training: perToken }
}

function expectEqual(found: Cost, formula: Cost): void {
  expect(Math.abs(found.forward / formula.forward - 1)).toBeLessThan(1e-12)
  expect(Math.abs(found.training / formula.training - 1)).toBeLessThan(1e-12)
}

describe('FLOPs a token', () => {
  it.each(sizes)('of the transformer are 2 N + 4 T D L and three times that: $D, $L layers, T = $T', (size) => {
    const { D, L, W, V, T } = size
    const N = L * (4 * D * D + 2 * D * W) + D * V
    expectEqual(counted('transformer', size), both(2 * N + 4 * T * D * L))
    expectEqual(counted('transformer', size), whole(size, both(8 * D * D + 4 * T * D)))
  })

  it.each(sizes)('of grouped heads have narrower keys and values: $D, $H heads', (size) => {
    const { D, H, T } = size
    expectEqual(
      counted('transformer', size, { keyHeads: 1 }),
      whole(size, both(4 * D * D + (4 * D * D) / H + 4 * T * D)),
    )
  })

  it.each(sizes)('of Transformer-XL: $D, $L layers, T = $T', (size) => {
    const { D, B, T } = size
    for (const M of [8, 64]) {
      const sources = (T + M) / T
      const mixer = total(
        both(4 * D * D + 4 * D * D * sources),
        both(4 * (T + M) * D + 2 * (M + 1) * D),
        single((2 * (M + 1) * D * D) / (B * T)),
      )
      expectEqual(counted('transformer-xl', size, { memory: M }), whole(size, mixer))
    }
  })

  it.each(sizes)('of gated linear attention: $D, $L layers, T = $T', (size) => {
    const { D, H, T } = size
    for (const [C, R, K] of [
      [1, 4, D / 2],
      [2, 4, D / 2],
      [16, 16, D],
      [64, 3, D / 2],
    ]) {
      const projections = both(2 * D * (2 * K + 2 * D + R) + 2 * R * K + 2 * D * D)
      const halves = Math.max(C - 4, 0) * K
      const scores = { forward: 4 * C * K + halves, training: 10 * C * K + 3 * halves }
      const products = both(2 * C * D + (4 * K * D) / H)
      const mixer = total(projections, times(padding(T, C), total(scores, products)))
      const config = { chunk: C, gateRank: R, keyRatio: K / D }
      expectEqual(counted('gla', size, config), whole(size, mixer))
    }
  })

  it.each(sizes)('of DeltaNet: $D, $L layers, T = $T', (size) => {
    const { D, H, T } = size
    for (const C of [1, 8, 32, 64]) {
      const projections = both(2 * D * (3 * D + H) + 2 * D * D)
      const inverse = { forward: (H * (C * C - 1)) / 3, training: (H * (C * C - 1)) / 3 + 4 * H * C * C }
      const products = both(10 * C * D + (6 * D * D) / H)
      const mixer = total(projections, times(padding(T, C), total(inverse, products)))
      expectEqual(counted('deltanet', size, { chunk: C }), whole(size, mixer))
    }
  })

  it.each(sizes)('of Mamba-2: $D, $L layers, T = $T', (size) => {
    const { D, H, T } = size
    for (const [C, S, expand] of [
      [1, 5, 2],
      [16, 16, 1],
      [64, 64, 2],
    ]) {
      const E = expand * D
      const projections = both(2 * D * (2 * E + 2 * S + H) + 2 * E * D)
      const decays = { forward: H * (4 * C + 2 * C * C), training: H * (10 * C + 2 * C * C) }
      const products = both(2 * C * S * H + 2 * C * E + 4 * S * E)
      const mixer = total(projections, times(padding(T, C), total(decays, products)))
      expectEqual(counted('mamba2', size, { chunk: C, state: S, expand }), whole(size, mixer))
    }
  })

  it.each(sizes)('of the LSTM: $D, $L layers, T = $T', (size) => {
    const { D } = size
    expectEqual(counted('lstm', size), whole(size, both(18 * D * D)))
    expectEqual(counted('lstm', size, { project: false }), whole(size, both(16 * D * D)))
  })

  it('of a linear input map have no gradient for what is fed, and those of a head only where answers are', () => {
    const [D, L, W, T, A] = [16, 2, 24, 20, 5]
    const model = createModel({
      ...preset('lstm'),
      dim: D,
      layers: L,
      channelWidth: W,
      input: { kind: 'vectors', width: 7 },
      head: { kind: 'regression', outputs: 3 },
    })
    const { forward, perToken } = trainingFlops(model, {
      batch: 2,
      context: T,
      weighted: true,
      resets: false,
      answers: A,
    })
    const blocks = both(L * (18 * D * D + 4 * D * W))
    expectEqual({ forward, training: perToken }, total(single(2 * 7 * D), blocks, both((2 * D * 3 * A) / T)))
  })
})

describe('docs/flops.md', () => {
  const text = readFileSync(new URL('../../docs/flops.md', import.meta.url), 'utf8')
  const rows = [...text.matchAll(/^\| `([\w-]+)` \| ([\d,]+) \| ([\d,]+) \|$/gm)]
  const size = { L: 4, D: 128, H: 4, W: 512, V: 256, T: 256, B: 8 }
  const thousands = (value: number) => Math.round(value / 1000).toLocaleString('en')

  it('has an example of every preset', () => {
    expect(rows.map(([, name]) => name)).toEqual(Object.keys(presets))
  })

  it.each(rows.map(([, ...cells]) => cells))('has the count of %s', (name, forward, training) => {
    const found = counted(name, size)
    expect([thousands(found.forward), thousands(found.training)]).toEqual([forward, training])
  })
})

describe('the count of training', () => {
  const size = sizes[1]

  it.each(['transformer', 'transformer-xl', 'gla', 'deltanet', 'mamba2', 'lstm'])(
    'is the same for %s when blocks are recomputed in the backward pass, and with dropout',
    (name) => {
      const plain = counted(name, size)
      expectEqual(counted(name, size, {}, { recompute: true }), plain)
      expectEqual(counted(name, size, {}, { dropout: 0.1 }), plain)
    },
  )

  it('is of whole steps, and leaves out the gradients of frozen parameters', () => {
    const { D, L, H, W, V, B, T } = size
    const model = createModel({
      ...preset('transformer'),
      dim: D,
      layers: L,
      heads: H,
      channelWidth: W,
      input: { kind: 'tokens', vocabulary: V },
    })
    const shape = { batch: B, context: T, weighted: true, resets: true }
    const all = trainingFlops(model, shape)
    expect(all.perStep).toBe(all.perToken * B * T)
    const mlp = trainingFlops(model, shape, (path) => path.includes('.channel.'))
    expect(all.perToken - mlp.perToken).toBe(L * 4 * D * W)
  })
})
