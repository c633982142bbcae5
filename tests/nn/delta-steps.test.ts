import { describe, expect, it } from 'vitest'
import { runReference, split, squeeze, type Tensor, type TensorData, trace, zeros } from '#seqlab/engine/index.js'
import { deltaStepsChunked, deltaStepsStep } from '#seqlab/nn/delta-steps.js'
import { householderScores } from '#seqlab/nn/householder-attention.js'
import { seeded } from '../training/seeded.js'

const [H, T, K, V, writes] = [2, 11, 4, 3, 3]

function drawing(seed: number) {
  const next = seeded(seed)
  return (shape: readonly number[], low: number, high: number): TensorData => ({
    shape,
    dtype: 'f32',
    data: Float32Array.from(
      { length: shape.reduce((a, b) => a * b) },
      () => low + (high - low) * (next(2 ** 20) / 2 ** 20),
    ),
  })
}

/** Row `index` of the last axis. */
const row = ({ data, shape }: TensorData, index: number) => {
  const width = shape[shape.length - 1]
  return [...data.subarray(index * width, (index + 1) * width)]
}
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0)

describe('several writes of the delta rule per token', () => {
  const draw = drawing(7)
  const inputs = {
    q: draw([1, H, T, K], -1, 1),
    k: draw([1, H, T, writes * K], -0.6, 0.6),
    p: draw([1, H, T, writes * K], -0.6, 0.6),
    v: draw([1, H, T, writes * V], -1, 1),
    beta: draw([1, H, T, writes], 0, 2),
    g: draw([1, H, T, K], -2, 0),
  }
  const given = ({ q, k, p, v, beta, g }: Record<keyof typeof inputs, Tensor>) => {
    const each = (x: Tensor) => split(x, writes, 3)
    const [keys, readKeys, values, strengths] = [k, p, v, beta].map(each)
    const list = keys.map((key, i) => ({ k: key, readKey: readKeys[i], v: values[i], beta: strengths[i] }))
    return { q, writes: list, logDecay: g }
  }

  /** Decay, then write after write, in float64. */
  const expected = Array.from({ length: H }, (_, head) => {
    let S = Array.from({ length: K }, () => new Array<number>(V).fill(0))
    return Array.from({ length: T }, (_, t) => {
      const at = head * T + t
      const part = (name: 'k' | 'p' | 'v', i: number, width: number) =>
        row(inputs[name], at).slice(i * width, (i + 1) * width)
      S = S.map((values, d) => values.map((value) => Math.exp(row(inputs.g, at)[d]) * value))
      for (let i = 0; i < writes; i++) {
        const [k, p, v] = [part('k', i, K), part('p', i, K), part('v', i, V)]
        const rest = v.map(
          (value, j) =>
            value -
            dot(
              p,
              S.map((values) => values[j]),
            ),
        )
        S = S.map((values, d) => values.map((value, j) => value + row(inputs.beta, at)[i] * k[d] * rest[j]))
      }
      return Array.from({ length: V }, (_, j) =>
        dot(
          row(inputs.q, at),
          S.map((values) => values[j]),
        ),
      )
    })
  }).flat(2)

  it.each([1, 4, 16, 64])('are the recurrence in chunks of %i (1e-12)', (size) => {
    const program = trace(
      (tensors: Record<keyof typeof inputs, Tensor>) =>
        deltaStepsChunked(given(tensors), { memory: zeros([1, H, K, V]) }, size).y,
      inputs,
    )
    const [y] = runReference(program, Object.values(inputs))
    expected.forEach((value, index) => {
      expect(y.data[index]).toBeCloseTo(value, 12)
    })
  })

  it('are the recurrence token by token', () => {
    const program = trace((tensors: Record<keyof typeof inputs, Tensor>) => {
      const at = Object.entries(tensors).map(([name, x]) => [name, split(x, T, 2)] as const)
      let state = { memory: zeros([1, H, K, V]) }
      return Array.from({ length: T }, (_, t) => {
        const token = Object.fromEntries(at.map(([name, parts]) => [name, parts[t]])) as typeof tensors
        const result = deltaStepsStep(given(token), state)
        state = result.state
        return squeeze(result.y, 2)
      })
    }, inputs)
    runReference(program, Object.values(inputs)).forEach(({ data }, t) => {
      for (let head = 0; head < H; head++)
        for (let j = 0; j < V; j++) expect(data[head * V + j]).toBeCloseTo(expected[(head * T + t) * V + j], 12)
    })
  })
})

describe('attention under products of Householder matrices', () => {
  const draw = drawing(8)
  const [S, D] = [6, 4]
  const path = (length: number) => ({
    k: draw([1, 1, length, D], -1, 1),
    w: draw([1, 1, length, D], -0.5, 0.5),
    beta: draw([1, 1, length, 1], 0, 2),
  })
  const inputs = { q: draw([1, 1, T, D], -1, 1), own: path(T), past: path(S) }
  type Given = { q: Tensor; own: Record<'k' | 'w' | 'beta', Tensor>; past: Record<'k' | 'w' | 'beta', Tensor> }

  it.each([1, 4, 8, 16])('has the scores of the products, one after the other, in blocks of %i (1e-12)', (size) => {
    const program = trace(({ q, own, past }: Given) => householderScores(q, own, past, size), inputs)
    const { own, past, q } = inputs
    const feeds = [q, own.k, own.w, own.beta, past.k, past.w, past.beta]
    const [scores] = runReference(program, feeds)
    expect(scores.shape).toEqual([1, 1, T, S + T])
    const at = (name: 'k' | 'w' | 'beta', position: number) =>
      position < S ? row(past[name], position) : row(own[name], position - S)
    for (let t = 0; t < T; t++)
      for (let s = 0; s <= S + t; s++) {
        let x = at('k', s)
        for (let r = s + 1; r <= S + t; r++) {
          const met = at('beta', r)[0] * dot(at('w', r), x)
          x = x.map((value, d) => value - met * at('w', r)[d])
        }
        expect(scores.data[t * (S + T) + s]).toBeCloseTo(dot(row(q, t), x), 12)
      }
  })
})
