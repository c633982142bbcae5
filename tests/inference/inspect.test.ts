import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Executor, onnxExecutor, type TensorData } from '#seqlab/engine/index.js'
import { referenceExecutor } from '#seqlab/evaluation/conformance/reference.js'
import '#seqlab/index.js'
import {
  attentionMaps,
  byToken,
  createDecoder,
  createExplainer,
  isMap,
  likeliest,
  logProbability,
  readSteps,
  readWhole,
  stateCourse,
  stateSimilarity,
} from '#seqlab/inference/index.js'
import { isCausal, mixers } from '#seqlab/mechanisms/index.js'
import { createModel, type Model } from '#seqlab/models/index.js'
import { disagreement } from '../engine/operators/compare.js'
import { parametersOf, randomTokens, smallModel, vocabulary, wholeLogits } from './models.js'

const tolerance = { relative: 1e-5, floor: 1e-6 }
const seed = 11

let executor: Executor
beforeAll(async () => {
  executor = await onnxExecutor({ threads: 1, worker: false, cacheSize: 8 })
})
afterAll(() => executor.close())

const subjectOf = (model: Model) => ({ model, parameters: parametersOf(model, seed), executor })

describe('a text read at once', () => {
  const tokens = randomTokens(9, seed)

  it('has the logits of the parallel form, and every named tensor with the axes of its tokens', async () => {
    const subject = subjectOf(smallModel('gla'))
    const whole = await readWhole(subject, tokens)
    const expected = await wholeLogits(subject.model, subject.parameters, tokens, executor)
    expect(
      disagreement(
        whole.logits.data,
        expected.flatMap((row) => [...row]),
        tolerance,
      ),
    ).toBeUndefined()
    const named = Object.fromEntries(whole.named.map(({ name, shape, tokenAxes }) => [name, { shape, tokenAxes }]))
    expect(named.embedding).toEqual({ shape: [1, 9, 16], tokenAxes: [1] })
    expect(named['blocks.1.mixer.attention']).toEqual({ shape: [1, 2, 9, 9], tokenAxes: [2, 3] })
    expect(named['blocks.1.mixer.decay']).toEqual({ shape: [1, 2, 9, 4], tokenAxes: [2] })
  })

  it('finds the axes of the tokens where extents of the mechanism are as long as the text', async () => {
    const whole = await readWhole(subjectOf(smallModel('gla')), randomTokens(16, seed))
    expect(whole.named.find(({ name }) => name === 'embedding')?.tokenAxes).toEqual([1])
    const filters = await readWhole(subjectOf(smallModel('s4d')), randomTokens(16, seed))
    expect(filters.named.find(({ name }) => name.endsWith('step'))?.tokenAxes).toEqual([])
  })

  it('has the attention weights that queries and keys give when they are worked out by hand', async () => {
    const model = smallModel('transformer', { mixers: [{ id: 'softmax', rotary: false }], layers: 1, norm: 'none' })
    const subject = subjectOf(model)
    const { named } = await readWhole(subject, tokens)
    const [map] = named.filter(({ name }) => name === 'blocks.0.mixer.attention')
    expect(map.shape).toEqual([1, 2, 9, 9])
    const weights = (path: string) => subject.parameters[path]
    const rows = [...tokens].map((id) => rowOf(weights('input.table'), id))
    const [q, k] = ['query', 'key'].map((part) => rows.map((x) => product(x, weights(`blocks.0.mixer.${part}.weight`))))
    const expected = [0, 1].flatMap((head) => {
      const cut = (row: number[]) => row.slice(8 * head, 8 * head + 8)
      return q.flatMap((query, t) => {
        const scores = k.map((key, s) => (s > t ? -Infinity : dot(cut(query), cut(key)) / Math.sqrt(8)))
        const total = scores.reduce((sum, score) => sum + Math.exp(score), 0)
        return scores.map((score) => Math.exp(score) / total)
      })
    })
    expect(disagreement(map.data, expected, tolerance)).toBeUndefined()
  })

  it.each(['transformer', 'transformer-xl', 'fox', 'path-attention', 'cat', 'samba', 'linear-transformer', 'based'])(
    'has weights of %s that add up to 1 over the text and what lies before it',
    async (name) => {
      const { named } = await readWhole(subjectOf(smallModel(name)), tokens)
      const maps = named.filter(({ tokenAxes }) => tokenAxes.length === 2)
      expect(maps.length).toBeGreaterThan(0)
      for (const { shape, data } of maps) {
        const width = shape[3]
        for (let row = 0; row < data.length / width; row++) {
          const sum = (data as Float32Array).subarray(row * width, (row + 1) * width).reduce((a, b) => a + b, 0)
          expect(sum).toBeCloseTo(1, 5)
        }
      }
    },
  )

  it('refuses texts of one token, tokens outside the vocabulary, and models without tokens', async () => {
    const subject = subjectOf(smallModel('gla'))
    await expect(readWhole(subject, [1])).rejects.toThrow('needs a text of at least 2 tokens, got 1')
    await expect(readWhole(subject, [1, 31])).rejects.toThrow('token 31 is outside the vocabulary of 31')
    const short = subjectOf(smallModel('gla', { positions: 'learned', maxPositions: 4 }))
    await expect(readWhole(short, tokens)).rejects.toThrow('the model has learned 4 positions, got 9 tokens')
  })
})

describe('a text read token by token', () => {
  const tokens = randomTokens(12, seed)

  it.each(['gla', 'deltanet', 'mamba2', 'lstm', 'transformer', 'transformer-xl', 'samba'])(
    'leaves the states of %s that a decoder has after as many tokens',
    async (name) => {
      const subject = subjectOf(smallModel(name))
      const { states } = await readSteps(subject, tokens)
      const decoder = await createDecoder(subject.model, subject.parameters, { executor })
      for (const [t, id] of tokens.entries()) {
        await decoder.step([id])
        const held = await decoder.state()
        for (const { layer, leaf, shape, change, after } of states) {
          const other = held[`carried.layers.${layer}.${leaf}`]
          const appended = change !== 'replace' && 'append' in change
          const expected = appended ? cached(other, shape) : [...other.data]
          expect(disagreement(after(t + 1), expected, tolerance), `${leaf} after token ${t}`).toBeUndefined()
        }
      }
      await decoder.dispose()
    },
  )

  it('starts from the state before the first token', async () => {
    const { states } = await readSteps(subjectOf(smallModel('gla')), tokens)
    expect(states.map(({ layer, leaf, shape }) => [layer, leaf, shape])).toEqual([
      [0, 'memory', [2, 4, 8]],
      [1, 'memory', [2, 4, 8]],
    ])
    expect([...states[0].after(0)]).toEqual(new Array(64).fill(0))
  })

  it('has the named tensors of each token as the text read at once has them', async () => {
    const subject = subjectOf(smallModel('gla'))
    const [steps, whole] = [await readSteps(subject, tokens), await readWhole(subject, tokens)]
    const decay = steps.named.find(({ name }) => name === 'blocks.1.mixer.decay')!
    expect(decay.shape).toEqual([1, 2, 1, 4])
    const { data } = whole.named.find(({ name }) => name === 'blocks.1.mixer.decay')!
    const byToken = [...tokens].flatMap((_, t) =>
      [0, 1].flatMap((head) => [...data.subarray((head * 12 + t) * 4, (head * 12 + t + 1) * 4)]),
    )
    expect(disagreement(decay.data, byToken, tolerance)).toBeUndefined()
  })

  it('stops where it is told to, and refuses states that take too much memory', async () => {
    const subject = subjectOf(smallModel('gla'))
    await expect(readSteps(subject, tokens, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
    const wide = smallModel('gla', { dim: 512, heads: 1 })
    const parameters = wide.initialParameters(0)
    await expect(readSteps({ model: wide, parameters, executor }, randomTokens(600, 1))).rejects.toThrow(
      'the states of 600 tokens take 601 MiB, more than 512 MiB – give a shorter text',
    )
  })
})

describe('contributions', () => {
  it.each(['gla', 'transformer', 'deltanet', 'lstm'])(
    'of %s are what stretching the embedding of each token does to the log-probability (central differences, float64)',
    async (name) => {
      const model = smallModel(name, { head: { kind: 'token', tied: false, bias: false } })
      const parameters = parametersOf(model, seed)
      const reference = referenceExecutor()
      // Each token once, so that a row of the table is the embedding of one place.
      const tokens = [3, 17, 5, 29, 11, 8]
      const [position, target] = [4, 20]
      const explain = async (weights: Record<string, TensorData>) => {
        const explainer = await createExplainer({ model, parameters: weights, executor: reference }, tokens)
        return explainer.explain(position, target)
      }
      const found = await explain(parameters)
      const h = 1e-4
      const stretched = (id: number, factor: number): Record<string, TensorData> => {
        const table = parameters['input.table']
        const data = Float64Array.from(table.data, (value, index) =>
          Math.floor(index / 16) === id ? factor * value : value,
        )
        return { ...parameters, 'input.table': { ...table, data } }
      }
      const differences: number[] = []
      for (const id of tokens) {
        const [up, down] = [await explain(stretched(id, 1 + h)), await explain(stretched(id, 1 - h))]
        differences.push((up.logProbability - down.logProbability) / (2 * h))
      }
      expect(differences[5]).toBe(0)
      expect(Math.max(...differences.map(Math.abs))).toBeGreaterThan(1e-3)
      expect(disagreement(found.contributions, differences, { relative: 1e-5, floor: 1e-8 })).toBeUndefined()
      const rows = await wholeLogits(model, parameters, Int32Array.from(tokens), executor)
      expect(found.logProbability).toBeCloseTo(logProbability(rows[position], target), 5)
    },
  )
})

describe('similar states', () => {
  it('are measured by the cosine, over all leaves that are replaced', async () => {
    const subject = subjectOf(smallModel('lstm'))
    // The same tokens twice: the second time the state is near what it was the first time.
    const tokens = [...randomTokens(6, seed), ...randomTokens(6, seed)]
    const { states } = await readSteps(subject, tokens)
    const found = stateSimilarity(states, 1, 11, 12)!
    const vector = (t: number) => states.filter(({ layer }) => layer === 1).flatMap(({ after }) => [...after(t + 1)])
    const cosine = (a: number[], b: number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
    const expected = tokens.map((_, t) => cosine(vector(11), vector(t)))
    expect(disagreement(found, expected, tolerance)).toBeUndefined()
    expect(found[11]).toBeCloseTo(1, 6)
  })

  it('are not told of caches', async () => {
    const { states } = await readSteps(subjectOf(smallModel('transformer')), randomTokens(4, seed))
    expect(stateSimilarity(states, 0, 2, 4)).toBeUndefined()
  })
})

describe('the course of a state', () => {
  it('parts each state into a share of the last one and what is new', () => {
    const states = [
      [0, 0],
      [3, 4],
      [1.5, 2],
      [1.5 - 4, 2 + 3],
    ].map((values) => Float32Array.from(values))
    const { size, kept, written, peak } = stateCourse({ after: (tokens) => states[tokens] }, 3)
    expect([...size]).toEqual([5, 2.5, Math.fround(Math.hypot(2.5, 5))])
    expect([...kept]).toEqual([1, 0.5, 1])
    expect([...written]).toEqual([5, 0, 5])
    expect(peak).toBe(5)
  })
})

describe('tensors over a text', () => {
  const data = Float32Array.from({ length: 24 }, (_, index) => index)
  it('are laid out token by token, without what lies before the text', () => {
    const tensor = { name: 'x', shape: [1, 2, 4, 3], dtype: 'f32', data, tokenAxes: [2] } as const
    const found = byToken(tensor, 3)
    expect(found.shape).toEqual([2, 3])
    expect([...found.data.subarray(0, 6)]).toEqual([3, 4, 5, 15, 16, 17])
    expect([...found.data.subarray(12)]).toEqual([9, 10, 11, 21, 22, 23])
  })

  it('are squares where they weigh pairs', () => {
    const tensor = { name: 'x', shape: [1, 2, 3, 4], dtype: 'f32', data, tokenAxes: [2, 3] } as const
    expect(isMap(tensor)).toBe(true)
    const { heads, data: squares } = attentionMaps(tensor, 3)
    expect(heads).toBe(2)
    expect([...squares.subarray(0, 9)]).toEqual([1, 2, 3, 5, 6, 7, 9, 10, 11])
    expect([...squares.subarray(15)]).toEqual([21, 22, 23])
  })
})

describe('the likeliest tokens', () => {
  it('come with their probabilities, of equal ones the lower id first', () => {
    const logits = Float32Array.of(0, Math.log(3), -Infinity, Math.log(3), Math.log(2))
    const choices = likeliest(logits, 3)
    expect(choices.map(({ id }) => id)).toEqual([1, 3, 4])
    expect(choices[0].probability).toBeCloseTo(3 / 9, 6)
    expect(choices[2].probability).toBeCloseTo(2 / 9, 6)
    expect(logProbability(logits, 0)).toBeCloseTo(-Math.log(9), 6)
    expect(likeliest(logits, 9)).toHaveLength(5)
  })
})

describe('every mixer of the registry', () => {
  it.each(mixers.map((mixer) => [mixer.id, mixer] as const))(
    'can be looked into: %s',
    async (id, mixer) => {
      const input = { kind: 'tokens', vocabulary }
      const model = createModel({ dim: 16, layers: 1, heads: 2, input, mixers: [{ id }] })
      const subject = subjectOf(model)
      const tokens = randomTokens(6, seed)
      const whole = await readWhole(subject, tokens)
      expect(whole.logits.data.every(Number.isFinite)).toBe(true)
      expect(whole.named.every(({ data }) => (data as Float32Array).every(Number.isFinite))).toBe(true)
      if (!isCausal(mixer, model.layers[0].settings)) {
        await expect(readSteps(subject, tokens)).rejects.toThrow(`inspect: ${id} sees the whole text at once`)
        return
      }
      const { states, named } = await readSteps(subject, tokens)
      expect(states.length).toBeGreaterThan(0)
      expect(named.map(({ name }) => name)).toContain('embedding')
      const explainer = await createExplainer(subject, tokens)
      const { contributions } = await explainer.explain(4, 2)
      expect(contributions.every(Number.isFinite)).toBe(true)
      expect(contributions.some((value) => value !== 0)).toBe(true)
      expect(contributions[5]).toBe(0)
      await explainer.dispose()
    },
    60_000,
  )
})

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, index) => sum + value * b[index], 0)

function rowOf({ shape, data }: TensorData, row: number): number[] {
  return [...data.subarray(row * shape[1], (row + 1) * shape[1])]
}

/** x W for W [inputs, outputs]. */
function product(x: readonly number[], W: TensorData): number[] {
  return Array.from({ length: W.shape[1] }, (_, j) =>
    x.reduce((sum, value, i) => sum + value * W.data[i * W.shape[1] + j], 0),
  )
}

/** What a decoder's cache [1, H, capacity, D] holds in the first places that `shape` [H, T, D] has; 0 where it holds nothing yet. */
function cached({ data, used, shape }: TensorData & { used: number }, [H, T, D]: readonly number[]): number[] {
  const capacity = shape[2]
  return Array.from({ length: H * T * D }, (_, index) => {
    const [head, place, channel] = [Math.floor(index / (T * D)), Math.floor(index / D) % T, index % D]
    return place < used ? data[(head * capacity + place) * D + channel] : 0
  })
}
