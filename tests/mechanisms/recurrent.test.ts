/** Published special cases of the recurrent family, in float64. */
import { describe, expect, it } from 'vitest'
import {
  abs,
  add,
  concat,
  div,
  exp,
  logSigmoid,
  mapTree,
  maximum,
  mul,
  neg,
  pad,
  reshape,
  runReference,
  slice,
  split,
  type Tensor,
  type TensorData,
  trace,
  transpose,
  zeros,
} from '#seqlab/engine/index.js'
import { gru, hgrn2, lstm, type Mixer, minGru, minLstm, rgLru } from '#seqlab/mechanisms/index.js'
import { bind, decayChunked, decayStep, exponentialGates, listParameters, nest } from '#seqlab/nn/index.js'
import { gla } from '#seqlab/nn/operators/index.js'
import { alone, drawn, type Tensors, type Values } from '#seqlab/papers/demonstrations/recurrent/alone.js'

const dim = 8
const [B, T] = [2, 11]
const features = { path: 'x', shape: [B, T, dim] }

function evaluate(values: Values, fn: (all: Tensors) => Tensors): Record<string, TensorData> {
  let names: string[] = []
  const program = trace((all: Tensors) => {
    const results = fn(all)
    names = Object.keys(results)
    return Object.values(results)
  }, values)
  const results = runReference(program, Object.values(values))
  return Object.fromEntries(names.map((name, index) => [name, results[index]]))
}

function expectClose(actual: TensorData, expected: ArrayLike<number>, limit = 1e-11): void {
  const worst = Array.from(expected, (value, i) => Math.abs(value - actual.data[i])).reduce((a, b) => Math.max(a, b), 0)
  expect(actual.data.length).toBe(expected.length)
  expect(worst).toBeLessThan(limit)
}

/** Row t of x [B, T, dim] of row b, times a matrix. */
function times({ x, ...values }: Values, path: string, b: number, t: number): number[] {
  const { shape, data } = values[path]
  const [inputs, outputs] = shape
  const at = (b * T + t) * dim
  return Array.from({ length: outputs }, (_, j) =>
    Array.from({ length: inputs }, (_, i) => x.data[at + i] * data[i * outputs + j]).reduce((a, c) => a + c, 0),
  )
}

const sigmoid = (u: number) => 1 / (1 + Math.exp(-u))
const g = (u: number) => (u >= 0 ? u + 0.5 : sigmoid(u))

/** h_t = kept h_{t−1} + written, from what a token's matrices make of it, then the output's matrix. */
function looped(values: Values, gates: (b: number, t: number) => { kept: number[]; written: number[] }): number[] {
  const { shape, data } = values['output.weight']
  return Array.from({ length: B }, (_, b) => {
    let h = new Array<number>(dim).fill(0)
    return Array.from({ length: T }, (_, t) => {
      const { kept, written } = gates(b, t)
      h = h.map((value, j) => kept[j] * value + written[j])
      return Array.from({ length: shape[1] }, (_, j) =>
        h.reduce((sum, value, i) => sum + value * data[i * shape[1] + j], 0),
      )
    })
  }).flat(2)
}

describe('minimal nets in parallel', () => {
  it('minGRU is its loop', () => {
    const net = alone(minGru, {}, dim)
    const values = drawn(3, [features, ...net.parameters])
    const { y } = evaluate(values, (all) => ({ y: net.run(all, all.x).y }))
    const expected = looped(values, (b, t) => {
      const z = times(values, 'gate.weight', b, t).map(sigmoid)
      const candidates = times(values, 'candidate.weight', b, t).map(g)
      return { kept: z.map((share) => 1 - share), written: z.map((share, j) => share * candidates[j]) }
    })
    expectClose(y, expected)
  })

  it('minLSTM is its loop, its gates divided by their sum', () => {
    const net = alone(minLstm, {}, dim)
    const values = drawn(4, [features, ...net.parameters])
    const { y } = evaluate(values, (all) => ({ y: net.run(all, all.x).y }))
    const expected = looped(values, (b, t) => {
      const f = times(values, 'forget.weight', b, t).map((u, j) => sigmoid(u + values.forgetOffset.data[j]))
      const i = times(values, 'input.weight', b, t).map(sigmoid)
      const candidates = times(values, 'candidate.weight', b, t).map(g)
      return {
        kept: f.map((share, j) => share / (share + i[j])),
        written: i.map((share, j) => (share / (share + f[j])) * candidates[j]),
      }
    })
    expectClose(y, expected)
  })
})

/** Blocks [N, w, parts · w] as the matrix [dim, parts · dim] that they stand for. */
function whole({ shape: [blocks, size, columns], data }: TensorData): TensorData {
  const parts = columns / size
  const matrix = new Float64Array(dim * parts * dim)
  for (let n = 0; n < blocks; n++)
    for (let i = 0; i < size; i++)
      for (let j = 0; j < columns; j++) {
        const column = Math.floor(j / size) * dim + n * size + (j % size)
        matrix[(n * size + i) * parts * dim + column] = data[(n * size + i) * columns + j]
      }
  return { shape: [dim, parts * dim], dtype: 'f32', data: matrix }
}

describe.each([
  ['lstm', lstm],
  ['gru', gru],
] as [string, Mixer][])('blocks of %s', (_, mixer) => {
  it('are a full matrix with zeros outside of them', () => {
    const blocked = alone(mixer, { blocks: 4 }, dim)
    const full = alone(mixer, { blocks: 1 }, dim)
    const values = drawn(5, [features, ...blocked.parameters])
    const { y } = evaluate(values, (all) => ({ y: blocked.run(all, all.x).y }))
    const placed = { ...values, recurrent: whole(values.recurrent) }
    const expected = evaluate(placed, (all) => ({ y: full.run(all, all.x).y }))
    expectClose(y, expected.y.data)
  })

  it('that do not divide the width are refused with those that do', () => {
    const config = { blocks: 3, project: true, dim, heads: 1, bias: false }
    expect(() => mixer.validate?.(config)).toThrow('blocks must divide 8 channels, got 3 – use one of 1, 2, 4, 8')
  })
})

it('hgrn2 is gla whose keys are one minus what it keeps', () => {
  const config = { ...hgrn2.config.parse({ lowerBound: 0.3, chunk: 4 }), heads: 2, dim, bias: false }
  const tree = hgrn2.parameters(config)
  const values = drawn(6, [features, ...listParameters(tree)])
  const { y, expected } = evaluate(values, (all) => {
    const p = bind(
      tree,
      nest(tree, ({ path }) => all[path]),
    )
    const at = { p, config, context: { positions: zeros([B, T], 'i32'), training: false } }
    const inputs = hgrn2.project(p, all.x, at)
    const tied = neg(add(exp(inputs.logDecay), -1))
    return {
      y: hgrn2.chunked!(inputs, { memory: zeros([B, 2, 4, 4]) }, at).y,
      expected: gla(inputs.q, tied, inputs.v, inputs.logDecay, { scale: 1 }),
    }
  })
  expectClose(y, expected.data)
})

it('rg-lru with its gate closed keeps its state', () => {
  const net = alone(rgLru, {}, dim)
  const values = drawn(7, [features, { path: 'hidden', shape: [B, dim] }, ...net.parameters])
  const closed = { ...values, gateOffset: { ...values.gateOffset, data: new Float64Array(2 * dim).fill(-200) } }
  const { hidden } = evaluate(closed, (all) => {
    const { state } = net.run(all, all.x, { ...net.start(B), hidden: all.hidden })
    return { hidden: state.hidden }
  })
  expectClose(hidden, values.hidden.data, 1e-5)
})

describe('exponential gates', () => {
  const [H, K] = [2, 4]
  const shapes = ['q', 'k', 'v'].map((path) => ({ path, shape: [B, H, T, K] }))
  const given = (size: number): Values => {
    const values = drawn(8, [...shapes, { path: 'input', shape: [B, T, H] }, { path: 'forget', shape: [B, T, H] }])
    const scaled = (value: TensorData) => ({ ...value, data: Float64Array.from(value.data, (x) => 2 * size * x) })
    return { ...values, input: scaled(values.input), forget: scaled(values.forget) }
  }
  /** C_tᵀ q_t / max(|n_t · q_t|, 1) from a held state. */
  const read = (y: Tensor, level: Tensor) => {
    const [numerator, normalizer] = split(y, [K, 1], 3)
    return div(numerator, maximum(maximum(abs(normalizer), exp(neg(level))), 1e-12))
  }
  const levels = (all: Tensors) =>
    exponentialGates({ input: all.input, forget: logSigmoid(all.forget) }, zeros([B, H]), {})
  const byHead = (t: Tensor) => reshape(transpose(t, [0, 2, 1]), [B, H, T, 1])
  const inputs = (all: Tensors, { kept, written }: { kept: Tensor; written: Tensor }) => ({
    q: all.q,
    k: mul(all.k, exp(byHead(written))),
    v: pad(all.v, 3, 0, 1, 1),
    logDecay: byHead(kept),
  })
  const chunked = (all: Tensors) => {
    const gates = levels(all)
    return read(decayChunked(inputs(all, gates), { memory: zeros([B, H, K, K + 1]) }, 4).y, byHead(gates.level))
  }
  const stepped = (all: Tensors) => {
    const gates = levels(all)
    const whole = inputs(all, gates)
    let state = { memory: zeros([B, H, K, K + 1]) }
    const ys = Array.from({ length: T }, (_, t) => {
      const token = mapTree(whole, (value: Tensor) => slice(value, 2, t, t + 1))
      const result = decayStep(token, state)
      state = result.state
      return result.y
    })
    return read(concat(ys, 2), byHead(gates.level))
  }

  it('give what the equations give without a level', () => {
    const values = given(1)
    const { y } = evaluate(values, (all) => ({ y: chunked(all) }))
    const expected = new Float64Array(B * H * T * K)
    for (let b = 0; b < B; b++)
      for (let h = 0; h < H; h++) {
        const memory = Array.from({ length: K }, () => new Array<number>(K + 1).fill(0))
        for (let t = 0; t < T; t++) {
          const row = (name: string) => values[name].data.slice(((b * H + h) * T + t) * K).slice(0, K)
          const gate = (name: string) => values[name].data[(b * T + t) * H + h]
          const [q, k, v] = ['q', 'k', 'v'].map((name) => [...row(name)])
          const reads = new Array<number>(K + 1).fill(0)
          memory.forEach((channel, i) => {
            for (let j = 0; j <= K; j++) {
              channel[j] = sigmoid(gate('forget')) * channel[j] + Math.exp(gate('input')) * k[i] * (v[j] ?? 1)
              reads[j] += q[i] * channel[j]
            }
          })
          for (let j = 0; j < K; j++)
            expected[((b * H + h) * T + t) * K + j] = reads[j] / Math.max(Math.abs(reads[K]), 1)
        }
      }
    expectClose(y, expected)
  })

  it.each([1, 100, 10_000])('of size %d give the same in chunks and step by step', (size) => {
    const { y, expected } = evaluate(given(size), (all) => ({ y: chunked(all), expected: stepped(all) }))
    const largest = Array.from(expected.data, Math.abs).reduce((a, b) => Math.max(a, b))
    expect(Number.isFinite(largest)).toBe(true)
    expectClose(y, expected.data, 1e-11 * largest)
  })
})
