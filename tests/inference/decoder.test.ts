import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Executor, onnxExecutor, type TensorData } from '#seqlab/engine/index.js'
import '#seqlab/index.js'
import { createDecoder, type Decoder } from '#seqlab/inference/index.js'
import { createModel, type Model, preset, presets } from '#seqlab/models/index.js'
import { disagreement } from '../engine/operators/compare.js'
import { parametersOf, randomTokens, smallModel, vocabulary, wholeLogits } from './models.js'

const tolerance = { relative: 1e-5, floor: 1e-7 }
/**
 * Where gradients of a network are steps of the state, each token magnifies the rounding of those before it: after five
 * mini-batches this is what f32 leaves (2.9e-5 found). In float64 the forms differ by 1e-11 (tests/nn/test-time-learning).
 */
const ownTolerance: Readonly<Record<string, typeof tolerance>> = { 'titans-gate': { relative: 1e-4, floor: 1e-7 } }
const seed = 7

let executor: Executor
beforeAll(async () => {
  executor = await onnxExecutor({ threads: 1, worker: false, cacheSize: 8 })
})
afterAll(() => executor.close())

const hybrid = { mixers: [{ id: 'gla' }, { id: 'softmax', window: 5 }] }
const variants: Record<string, Model> = {
  ...Object.fromEntries(Object.keys(presets).map((name) => [name, smallModel(name)])),
  'grouped heads with learned positions': smallModel('transformer', {
    mixers: [{ id: 'softmax', keyHeads: 1, rotary: false }],
    positions: 'learned',
    maxPositions: 90,
  }),
  'a hybrid with a sliding window and sinusoids': smallModel('gla', { ...hybrid, positions: 'sinusoidal' }),
  'an untied head with biases': smallModel('deltanet', {
    head: { kind: 'token', tied: false, bias: true },
    bias: true,
  }),
}

/** What a decoder holds of its state: replaced leaves whole, caches and rings as far as they are used. */
async function heldState(decoder: Decoder): Promise<Record<string, number[]>> {
  const used = ({ shape, data, used }: TensorData & { used: number }, append: boolean) => {
    if (!append) return [...data]
    const rows = shape[0] * (shape.length > 2 ? shape[1] : 1)
    const size = data.length / rows
    const inner = shape.length > 2 ? shape[3] : 1
    return Array.from({ length: rows }, (_, row) => [...data.subarray(row * size, row * size + used * inner)]).flat()
  }
  const caches = decoder.model.layers.map(({ mixer, settings }) => mixer.id === 'softmax' && settings)
  return Object.fromEntries(
    Object.entries(await decoder.state()).map(([path, leaf]) => {
      const layer = caches[Number(path.split('.')[2])]
      return [path, used(leaf, path.startsWith('carried.layers') && Boolean(layer) && !('window' in Object(layer)))]
    }),
  )
}

describe.each(Object.entries(variants))('decoding with %s', (name, model) => {
  const limit = ownTolerance[name] ?? tolerance
  const parameters = parametersOf(model, seed)
  const tokens = randomTokens(86, seed)

  it('predicts token by token what the whole sequence predicts at once', async () => {
    const expected = await wholeLogits(model, parameters, tokens, executor)
    const decoder = await createDecoder(model, parameters, { executor })
    for (const [t, id] of tokens.entries()) {
      expect(disagreement(await decoder.step([id]), expected[t], limit), `token ${t}`).toBeUndefined()
    }
    expect(decoder.position).toBe(86)
    await decoder.dispose()
  })

  it('reads a prompt in pieces into the state and the prediction that single tokens give', async () => {
    const [pieces, singles] = [
      await createDecoder(model, parameters, { executor }),
      await createDecoder(model, parameters, { executor }),
    ]
    const expected: Float32Array[] = []
    for (const id of tokens) expected.push(await singles.step([id]))
    // Pieces of 64, of 8, of 8 and 1, and of 1 at a time.
    for (const [from, to] of [
      [0, 64],
      [64, 72],
      [72, 81],
      [81, 86],
    ]) {
      const got = await pieces.prefill(tokens.subarray(from, to))
      expect(disagreement(got, expected[to - 1], tolerance), `after token ${to}`).toBeUndefined()
    }
    const state = await heldState(singles)
    for (const [path, values] of Object.entries(await heldState(pieces))) {
      expect(disagreement(values, state[path], tolerance), path).toBeUndefined()
    }
    await pieces.dispose()
    await singles.dispose()
  })
})

describe('a decoder', () => {
  const model = smallModel('transformer')
  const parameters = parametersOf(model, seed)

  it('goes on unchanged where its cache grows past 128 and 256 positions', async () => {
    const tokens = randomTokens(300, seed)
    const expected = await wholeLogits(model, parameters, tokens, executor)
    const decoder = await createDecoder(model, parameters, { executor })
    const capacities = new Set<number>()
    for (const [t, id] of tokens.entries()) {
      expect(disagreement(await decoder.step([id]), expected[t], tolerance), `token ${t}`).toBeUndefined()
      capacities.add((await decoder.state())['carried.layers.0.keys'].shape[2])
    }
    expect([...capacities]).toEqual([128, 256, 512])
    await decoder.dispose()
  })

  it('takes a prompt longer than its first cache, and forgets it when it is reset', async () => {
    const tokens = randomTokens(300, seed)
    const decoder = await createDecoder(model, parameters, { executor })
    const short = Float32Array.from(await decoder.prefill(tokens.subarray(0, 9)))
    await decoder.reset()
    await decoder.prefill(tokens)
    const { used, allocated } = await decoder.bytes()
    await decoder.reset()
    expect(await decoder.prefill(tokens.subarray(0, 9))).toEqual(short)
    expect((await decoder.bytes()).allocated).toBeLessThan(allocated / 3)
    // Two layers of keys and values, [2 heads, 8], and a document number; position and document of the row.
    expect(used).toBe(4 * (300 * 2 * (2 * 16 + 1) + 2))
    await decoder.dispose()
  })

  it.each(['gla', 'transformer'])('reads rows side by side as it reads them alone (%s)', async (name) => {
    const small = smallModel(name)
    const weights = parametersOf(small, seed)
    const rows = [randomTokens(10, 1), randomTokens(10, 2)]
    const both = await createDecoder(small, weights, { executor, batch: 2 })
    const together = await both.prefill([...rows[0], ...rows[1]])
    for (const [row, tokens] of rows.entries()) {
      const alone = await createDecoder(small, weights, { executor })
      const expected = await alone.prefill(tokens)
      const got = together.subarray(row * vocabulary, (row + 1) * vocabulary)
      expect(disagreement(got, expected, tolerance)).toBeUndefined()
      await alone.dispose()
    }
    await both.dispose()
  })

  it('keeps the state of recurrent mechanisms and full memories at a constant size', async () => {
    for (const name of ['gla', 'deltanet', 'mamba2', 'lstm', 'transformer-xl']) {
      const small = smallModel(name)
      const decoder = await createDecoder(small, parametersOf(small, seed), { executor })
      await decoder.prefill(randomTokens(70, seed))
      await decoder.step([0])
      const before = await decoder.bytes()
      await decoder.prefill(randomTokens(200, seed))
      expect(await decoder.bytes(), name).toEqual(before)
      await decoder.dispose()
    }
  })

  it('works in a worker thread as in this one', async () => {
    const remote = await onnxExecutor({ threads: 1 })
    const [here, there] = [
      await createDecoder(model, parameters, { executor }),
      await createDecoder(model, parameters, { executor: remote }),
    ]
    const tokens = randomTokens(20, seed)
    expect(await there.prefill(tokens)).toEqual(await here.prefill(tokens))
    expect(await there.bytes()).toEqual(await here.bytes())
    await remote.close()
    await here.dispose()
  })

  it('refuses more tokens than the model has positions for, and keeps what it has read', async () => {
    const short = variants['grouped heads with learned positions']
    const decoder = await createDecoder(short, parametersOf(short, seed), { executor })
    await decoder.prefill(randomTokens(90, seed))
    await expect(decoder.step([0])).rejects.toThrow(
      'generate: the model has learned 90 positions, got a text of 91 tokens',
    )
    expect(decoder.position).toBe(90)
    await decoder.dispose()
  })

  it('refuses models that do not predict the next token, and tokens outside the vocabulary', async () => {
    const classifier = createModel({
      ...preset('gla'),
      dim: 16,
      layers: 1,
      heads: 2,
      head: { kind: 'class', classes: 3 },
    })
    const made = createDecoder(classifier, classifier.initialParameters(0), { executor })
    await expect(made).rejects.toThrow(
      'generate: needs a model with token input and head, got input tokens and head class',
    )
    const decoder = await createDecoder(model, parameters, { executor })
    await expect(decoder.step([31])).rejects.toThrow('token 31 is outside the vocabulary of 31')
    await expect(decoder.prefill([])).rejects.toThrow('expected one or more tokens')
    await expect(decoder.step([1, 2])).rejects.toThrow('expected a token for each of 1 rows, got 2')
    await decoder.dispose()
  })
})
