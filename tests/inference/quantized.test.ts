/** Decoding with quantized weights: equal to f32 decoding of the rounded weights, but for activations in 8 bits. */
import { readdirSync, watch } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { dequantize, type Executor, onnxExecutor, quantize, type TensorData } from '#seqlab/engine/index.js'
import '#seqlab/index.js'
import { createDecoder, type WeightForm } from '#seqlab/inference/index.js'
import type { Model } from '#seqlab/models/index.js'
import { temporaryFolder } from '../training/temporary-folder.js'
import { randomTokens, smallModel } from './models.js'

/**
 * Of the logits' norm. A block of 32 normal numbers rounded to 127 steps is off by 0.5 % of its norm; the two layers and
 * the head have nine such products one after the other: 0.5 % · √9, and twice that for what norms magnify.
 */
const activations = 0.03

let executor: Executor
beforeAll(async () => {
  executor = await onnxExecutor({ threads: 1, worker: false })
})
afterAll(() => executor.close())

const forms = ['int8', 'int4'] as const
const bitsOf = { int8: 8, int4: 4 } as const
const dim = 64
const input = { kind: 'tokens', vocabulary: 100 }
const untied = { dim, input, head: { kind: 'token', tied: false, bias: true } }

function rounded(value: TensorData, form: (typeof forms)[number], transposed = false): TensorData {
  const matrix = Float32Array.from(dequantize(quantize(value, bitsOf[form], { transposed })))
  return { shape: transposed ? value.shape.toReversed() : value.shape, dtype: 'f32', data: matrix }
}

const turned = ({ shape: [N, K], data }: TensorData): TensorData => ({
  shape: [K, N],
  dtype: 'f32',
  data: Float32Array.from(data, (_, at) => data[(at % N) * K + Math.floor(at / N)]),
})

/** Parameters with the matrix of every product rounded, and the table that is looked up in by its rows. */
function roundedMatrices(parameters: Record<string, TensorData>, form: (typeof forms)[number]) {
  return Object.fromEntries(
    Object.entries(parameters).map(([path, value]) => {
      if (path === 'input.table') return [path, turned(rounded(value, form, true))]
      return [path, value.shape.length === 2 && path.endsWith('.weight') ? rounded(value, form) : value]
    }),
  )
}

const tokens = randomTokens(140, 3)

/** Logits after a prompt and after each of the next tokens, beyond where a cache grows. */
async function decoded(model: Model, parameters: Record<string, TensorData>, weights: WeightForm): Promise<number[][]> {
  const decoder = await createDecoder(model, parameters, { executor, weights })
  const rows = [await decoder.prefill(tokens.subarray(0, 100))]
  for (const id of tokens.subarray(100)) rows.push(await decoder.step([id]))
  await decoder.dispose()
  return rows.map((row) => [...row])
}

/** Over all positions, as the bound is one of what is usual. */
const difference = (a: readonly number[][], b: readonly number[][]) =>
  Math.hypot(...a.flatMap((row, at) => row.map((value, i) => value - b[at][i]))) / Math.hypot(...b.flat())

describe.each(forms)('a decoder with weights in %s', (form) => {
  it.each(['transformer', 'mamba2'])('predicts what the rounded weights predict (%s)', async (name) => {
    const model = smallModel(name, untied)
    const parameters = model.initialParameters(1)
    const got = await decoded(model, parameters, form)
    // Joined matrices are rounded as their parts are: blocks lie along their rows.
    const found = difference(got, await decoded(model, roundedMatrices(parameters, form), 'f32'))
    expect(found).toBeLessThan(activations)
    if (form === 'int4') expect(difference(got, await decoded(model, parameters, 'f32'))).toBeGreaterThan(activations)
  })

  it('rounds a tied table once, for the head and for looking embeddings up', async () => {
    const tied = smallModel('transformer', { dim, input })
    const parameters = tied.initialParameters(1)
    const got = await decoded(tied, parameters, form)
    expect(difference(got, await decoded(tied, roundedMatrices(parameters, form), 'f32'))).toBeLessThan(activations)
  })

  it('takes parameters one by one, and leaves those it was given alone', async () => {
    const model = smallModel('gla', { dim, input })
    const parameters = model.initialParameters(1)
    const before = structuredClone(parameters)
    const expected = await decoded(model, parameters, form)
    expect(parameters).toEqual(before)
    const decoder = await createDecoder(model, (path) => structuredClone(before[path]), { executor, weights: form })
    expect([...(await decoder.prefill(tokens.subarray(0, 100)))]).toEqual(expected[0])
    await decoder.dispose()
  })

  it('looks ahead along more shapes than it keeps programs for', async () => {
    const model = smallModel('gla', { dim, input })
    const decoder = await createDecoder(model, model.initialParameters(1), { executor, weights: form })
    await decoder.prefill([1])
    const first = await decoder.lookAhead([], [[2]])
    for (const depth of [2, 3, 4, 5, 6]) await decoder.lookAhead([], [new Array(depth).fill(2)])
    expect(await decoder.lookAhead([], [[2]])).toEqual(first)
    await decoder.dispose()
  })
})

describe('the files that a session maps its rounded weights from', () => {
  const model = smallModel('gla', { dim, input })
  const parameters = model.initialParameters(2)
  const make = () => createDecoder(model, parameters, { executor, weights: 'int4' })
  const step = async () => {
    const decoder = await make()
    const row = await decoder.step([1])
    await decoder.dispose()
    return row
  }
  const { TMPDIR } = process.env
  afterEach(() => {
    process.env.TMPDIR = TMPDIR
    if (TMPDIR === undefined) delete process.env.TMPDIR
  })

  it('are gone once it has them, and were needed', async () => {
    const folder = await temporaryFolder()
    const seen: (string | null)[] = []
    const watcher = watch(folder, (_, name) => seen.push(name))
    process.env.TMPDIR = folder
    await step()
    await vi.waitFor(() => expect(seen.join()).toContain('seqlab-'))
    watcher.close()
    expect(readdirSync(folder)).toEqual([])
  })

  it('have to go somewhere: a folder that is missing is named, with what names it', async () => {
    process.env.TMPDIR = '/nowhere'
    // Another model, as the executor may still hold the sessions of the first.
    const other = smallModel('retnet', { dim, input })
    const decoder = await createDecoder(other, other.initialParameters(1), { executor, weights: 'int4' })
    await expect(decoder.step([1])).rejects.toThrow(
      'temporary folder /nowhere (TMPDIR names another): no such file or folder – check the path',
    )
  })
})

it('refuses weights of another form', async () => {
  const model = smallModel('gla')
  const made = createDecoder(model, model.initialParameters(0), { executor, weights: 'int2' as WeightForm })
  await expect(made).rejects.toThrow('weights: expected one of f32, int8, int4, got "int2"')
})
