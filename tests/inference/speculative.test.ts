import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Executor, onnxExecutor, type TensorData } from '#seqlab/engine/index.js'
import '#seqlab/index.js'
import {
  createDecoder,
  type Decoder,
  type Draft,
  mostLikely,
  speculate,
  speculateByRun,
  treeDraft,
} from '#seqlab/inference/index.js'
import { createModel, type Model } from '#seqlab/models/index.js'
import type { Lab } from '#seqlab/papers/index.js'
import { learnText, weightsOf } from '#seqlab/papers/lab/index.js'
import { root } from '../../scripts/documentation.js'
import { disagreement } from '../engine/operators/compare.js'
import { seeded } from '../training/seeded.js'
import { parametersOf, randomTokens, smallModel, vocabulary } from './models.js'

const tolerance = { relative: 1e-5, floor: 1e-7 }
const seed = 11

let executor: Executor
beforeAll(async () => {
  executor = await onnxExecutor({ threads: 1, worker: false, cacheSize: 32 })
})
afterAll(() => executor.close())

/** A tied head likes the token it has just read. */
const untied = { head: { kind: 'token', tied: false } }
const mixers = {
  softmax: smallModel('transformer', untied),
  'softmax in a window': smallModel('transformer', { ...untied, mixers: [{ id: 'softmax', window: 5 }] }),
  gla: smallModel('gla', untied),
  lstm: smallModel('lstm', untied),
  'transformer-xl': smallModel('transformer-xl', untied),
  mamba: smallModel('mamba', untied),
  linearized: smallModel('linearized', { ...untied, mixers: [{ id: 'linearized', group: 4, taps: 3 }] }),
} as const

/** Random parameters large enough that the greedy text does not soon repeat itself. */
function livelyParameters(model: Model): Record<string, TensorData> {
  return Object.fromEntries(
    Object.entries(parametersOf(model, seed)).map(([path, value]) => {
      const factor = value.shape.length > 1 ? 6 : 1
      return [path, { ...value, data: Float32Array.from(value.data, (number) => factor * number) }]
    }),
  )
}

/** What training in memory needs. */
const lab = (executor: Executor): Lab => ({
  seed,
  text: join(root, 'data/tinyshakespeare/input.txt'),
  executor,
  progress() {},
  each: async () => [],
})

/** The greedy text, token by token. */
async function greedy(decoder: Decoder, prompt: Int32Array, count: number): Promise<number[]> {
  await decoder.reset()
  const text = [mostLikely(await decoder.prefill(prompt))]
  while (text.length < count) text.push(mostLikely(await decoder.step(text.slice(-1))))
  return text
}

/** A draft that knows the text, and errs as it is told: `right` says how many of a branch's guesses are. */
function knowing(text: readonly number[], prompt: number, depth: number, right: (run: number) => number): Draft {
  let run = 0
  let known = 0
  return {
    async reset() {
      run = 0
      known = 0
    },
    async propose(added) {
      known += added.length
      const next = (d: number) => text[known - prompt + d] ?? 0
      const good = right(run++)
      const branch = (from: number) =>
        Array.from({ length: depth }, (_, d) => (d < from ? next(d) : (next(d) + 1) % vocabulary))
      // The best branch is neither the first nor the last.
      return [branch(0), branch(good), branch(Math.max(0, good - 1))]
    },
  }
}

/** A model with weights so similar to another's that it guesses some of its tokens. */
function similar(parameters: Record<string, TensorData>): Record<string, TensorData> {
  const random = seeded(3)
  const near = (value: number) => value * (1 + (random(2001) - 1000) / 5000)
  return Object.fromEntries(
    Object.entries(parameters).map(([path, value]) => [path, { ...value, data: Float32Array.from(value.data, near) }]),
  )
}

describe.each(Object.entries(mixers))('speculation with %s', (_, model: Model) => {
  const parameters = livelyParameters(model)
  const prompt = randomTokens(9, seed)
  const count = 40

  it('gives the greedy text in fewer runs, whatever part of the guesses is right', async () => {
    const target = await createDecoder(model, parameters, { executor })
    const expected = await greedy(target, prompt, count)
    expect(new Set(expected).size, 'a text that is no loop of one token').toBeGreaterThan(2)
    const draft = knowing(expected, prompt.length, 4, (run) => run % 5)
    const { tokens, runs, acceptance } = await speculate(target, draft, prompt, { tokens: count })
    expect(tokens).toEqual(expected)
    // Of 0, 1, 2, 3 and 4 guesses, and one token of the target's own with each: 3 a run.
    expect(runs).toBe(14)
    expect(acceptance).toBeCloseTo(0.5, 1)
    await target.dispose()
  })

  it('gives the greedy text with a tree from a model, and one from itself is never wrong', async () => {
    const target = await createDecoder(model, parameters, { executor })
    const expected = await greedy(target, prompt, count)
    for (const [weights, children] of [
      [similar(parameters), [2, 1, 2]],
      [parameters, [1, 1, 1]],
    ] as const) {
      const guesser = await createDecoder(model, weights, { executor })
      const found = await speculate(target, treeDraft(guesser, children), prompt, { tokens: count })
      expect(found.tokens).toEqual(expected)
      if (weights === parameters) expect(found).toMatchObject({ runs: 10, acceptance: 1, tokensPerRun: 4 })
      await guesser.dispose()
    }
    await target.dispose()
  })

  it('leaves the state that reading the same tokens leaves', async () => {
    const target = await createDecoder(model, parameters, { executor })
    const expected = await greedy(target, prompt, count)
    const draft = knowing(expected, prompt.length, 3, (run) => (run * 2) % 4)
    await speculate(target, draft, prompt, { tokens: count })
    const plain = await createDecoder(model, parameters, { executor })
    const read = [...prompt, ...expected].slice(0, target.position)
    expect(read.length).toBeGreaterThan(prompt.length + count / 2)
    await plain.prefill(read)
    const state = await plain.state()
    for (const [path, { used, data }] of Object.entries(await target.state())) {
      expect(used, path).toBe(state[path].used)
      expect(disagreement(data, state[path].data, tolerance), path).toBeUndefined()
    }
    await target.dispose()
    await plain.dispose()
  })
})

it.each(['gla', 'lstm', 'linearized'] as const)('gives the greedy text of a trained model (%s)', async (name) => {
  const { mixers: used } = mixers[name].config
  const trained = await learnText(lab(executor), {
    model: { mixers: used, dim: 32, layers: 1, heads: 2, bias: false },
    steps: 80,
    batch: 8,
    context: 32,
    rate: 5e-3,
  })
  const weights = await weightsOf(trained)
  const target = await createDecoder(trained.model, weights, { executor })
  const guesser = await createDecoder(trained.model, similar(weights), { executor })
  const prompt = Int32Array.from([10, 20, 30, 40])
  const expected = await greedy(target, prompt, 60)
  expect(new Set(expected).size).toBeGreaterThan(3)
  const found = await speculate(target, treeDraft(guesser, [2, 1, 1]), prompt, { tokens: 60 })
  expect(found.tokens).toEqual(expected)
  expect(found.runs).toBeLessThan(60)
})

describe('speculation', () => {
  const model = mixers.linearized
  const parameters = livelyParameters(model)
  const prompt = randomTokens(5, seed)

  it('ends with the token that ends a text, also amid accepted guesses', async () => {
    const target = await createDecoder(model, parameters, { executor })
    const expected = await greedy(target, prompt, 12)
    for (const place of [0, 1, 2, 5, 11]) {
      const end = expected[place]
      const draft = knowing(expected, prompt.length, 4, () => 4)
      const { tokens } = await speculate(target, draft, prompt, { tokens: 12, end })
      expect(tokens).toEqual(expected.slice(0, expected.indexOf(end) + 1))
    }
    await target.dispose()
  })

  it('gives as many tokens as are asked for, and not one more', async () => {
    const target = await createDecoder(model, parameters, { executor })
    const expected = await greedy(target, prompt, 12)
    for (const tokens of [0, 1, 4, 5, 6, 11]) {
      const draft = knowing(expected, prompt.length, 4, () => 4)
      expect((await speculate(target, draft, prompt, { tokens })).tokens).toEqual(expected.slice(0, tokens))
    }
    await target.dispose()
  })

  it('goes on token by token where there is no guess, and from a prompt of one token', async () => {
    const target = await createDecoder(model, parameters, { executor })
    const expected = await greedy(target, prompt.subarray(0, 1), 10)
    const none: Draft = { reset: async () => {}, propose: async () => [] }
    const found = await speculate(target, none, prompt.subarray(0, 1), { tokens: 10 })
    expect(found).toEqual({ tokens: expected, runs: 10, tokensPerRun: 1, acceptance: 0 })
    await expect(speculate(target, none, [], { tokens: 1 })).rejects.toThrow('a prompt of at least one token')
    await target.dispose()
  })

  it('tells of each run what it gave', async () => {
    const target = await createDecoder(model, parameters, { executor })
    const expected = await greedy(target, prompt, 8)
    const runs = []
    for await (const run of speculateByRun(
      target,
      knowing(expected, prompt.length, 3, (index) => [2, 0, 3][index]),
      prompt,
      { tokens: 8 },
    ))
      runs.push(run)
    expect(runs).toEqual([
      { tokens: expected.slice(0, 3), guessed: 3, accepted: 2 },
      { tokens: expected.slice(3, 4), guessed: 3, accepted: 0 },
      { tokens: expected.slice(4, 8), guessed: 3, accepted: 3 },
    ])
    await target.dispose()
  })

  it('cuts guesses where the target has no positions for them, and stops guessing where the draft has none', async () => {
    const short = (positions: number) =>
      smallModel('transformer', {
        mixers: [{ id: 'softmax', rotary: false }],
        positions: 'learned',
        maxPositions: positions,
      })
    const weights = parametersOf(short(20), seed)
    const target = await createDecoder(short(20), weights, { executor })
    const expected = await greedy(target, prompt, 16)
    const fitting = knowing(expected, prompt.length, 4, () => 4)
    expect((await speculate(target, fitting, prompt, { tokens: 16 })).tokens).toEqual(expected)
    await expect(speculate(target, fitting, prompt, { tokens: 17 })).rejects.toThrow('has learned 20 positions')
    const small = createModel({ ...short(12).config })
    const guesser = await createDecoder(small, parametersOf(small, seed), { executor })
    expect((await speculate(target, treeDraft(guesser, [2, 1]), prompt, { tokens: 16 })).tokens).toEqual(expected)
    await guesser.dispose()
    await target.dispose()
  })

  it('reads in longer texts than its first cache has room for', async () => {
    const softmax = mixers.softmax
    const weights = livelyParameters(softmax)
    const target = await createDecoder(softmax, weights, { executor })
    const expected = await greedy(target, prompt, 150)
    const draft = knowing(expected, prompt.length, 5, () => 5)
    expect((await speculate(target, draft, prompt, { tokens: 150 })).tokens).toEqual(expected)
    await target.dispose()
  })
})

describe('looking ahead', () => {
  it('changes nothing but by what is read for good', async () => {
    const model = mixers.lstm
    const parameters = livelyParameters(model)
    const decoder = await createDecoder(model, parameters, { executor })
    await decoder.prefill([1, 2, 3])
    const before = await decoder.state()
    const [first, second] = await decoder.lookAhead(
      [],
      [
        [4, 5],
        [6, 7],
      ],
    )
    expect(await decoder.state()).toEqual(before)
    expect(decoder.position).toBe(3)
    const [again] = await decoder.lookAhead([6], [[7]])
    expect(decoder.position).toBe(4)
    expect(disagreement(again[0], second[0], tolerance)).toBeUndefined()
    expect(disagreement(again[1], second[1], tolerance)).toBeUndefined()
    expect(disagreement(await decoder.step([7]), second[1], tolerance)).toBeUndefined()
    expect(first).toHaveLength(2)
    await decoder.dispose()
  })

  it('refuses branches of different lengths, nothing at all, rows side by side, and unknown tokens', async () => {
    const model = mixers.gla
    const parameters = livelyParameters(model)
    const decoder = await createDecoder(model, parameters, { executor })
    await expect(decoder.lookAhead([1], [[1], [1, 2]])).rejects.toThrow('branches of one length')
    await expect(decoder.lookAhead([], [])).rejects.toThrow('expected tokens, or branches')
    await expect(decoder.lookAhead([1], [[31]])).rejects.toThrow('token 31 is outside the vocabulary of 31')
    const both = await createDecoder(model, parameters, { executor, batch: 2 })
    await expect(both.lookAhead([1], [])).rejects.toThrow('needs a decoder of batch 1, got 2')
    await both.dispose()
    await decoder.dispose()
  })
})
