/** Losses by position: their mean is the evaluator's, and they do not depend on how a window is read. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { corpusOf } from '#seqlab/data/index.js'
import { type Executor, onnxExecutor, type TensorData } from '#seqlab/engine/index.js'
import { lossByPosition } from '#seqlab/evaluation/text/position.js'
import '#seqlab/index.js'
import type { Model } from '#seqlab/models/index.js'
import { evaluator } from '#seqlab/training/index.js'
import { parametersOf, randomTokens, smallModel } from '../../inference/models.js'

let executor: Executor
beforeAll(async () => {
  executor = await onnxExecutor({ threads: 1, worker: false })
})
afterAll(() => executor.close())

// No multiple of any window below: the last one is padded.
const corpus = corpusOf(randomTokens(301, 7))

async function evaluated(
  model: Model,
  parameters: Record<string, TensorData>,
  options: { batch: number; context: number; carry: boolean },
): Promise<number> {
  const store = executor.createStore()
  await store.write(
    Object.fromEntries(Object.entries(parameters).map(([path, value]) => [`parameters.${path}`, value])),
  )
  const { loss } = await (await evaluator(model, corpus, executor, store, options))()
  await store.dispose()
  return loss
}

describe('the loss by position', () => {
  it.each([
    ['transformer', false],
    ['transformer-xl', true],
    ['transformer-xl', false],
    ['lstm', true],
    ['gla', true],
    ['gla', false],
  ])('of %s, carrying %s, has the mean that the evaluator gives', async (name, carry) => {
    const model = smallModel(name)
    const parameters = parametersOf(model, 1)
    const options = { batch: 3, context: 32, carry }
    const { loss, tokens, positions } = await lossByPosition(model, corpus, executor, parameters, options)
    expect(tokens).toBe(300)
    expect(positions.map(({ position }) => position)).toEqual([...Array(32).keys()])
    // 9 whole windows and one of 12 predictions.
    expect(positions.map((position) => position.tokens)).toEqual([...Array(32).keys()].map((i) => (i < 12 ? 10 : 9)))
    const mean = positions.reduce((sum, position) => sum + position.loss * position.tokens, 0) / tokens
    expect(Math.abs(loss - mean)).toBeLessThan(1e-12)
    expect(Math.abs(loss - (await evaluated(model, parameters, options)))).toBeLessThan(1e-6)
  })

  it.each(['transformer-xl', 'lstm'])(
    'of %s in windows read segment by segment is the evaluator’s with carried state',
    async (name) => {
      const model = smallModel(name)
      const parameters = parametersOf(model, 1)
      // 300 predictions in windows of 8 are 38, and 13 of them a row: one window of 104 for each of 3 rows.
      const { loss } = await lossByPosition(model, corpus, executor, parameters, { batch: 3, context: 104, segment: 8 })
      const carried = await evaluated(model, parameters, { batch: 3, context: 8, carry: true })
      expect(Math.abs(loss - carried)).toBeLessThan(1e-6)
    },
  )

  it.each(['lstm', 'gla', 'deltanet', 'mamba2'])(
    'of %s is the same, whole or by segments: the state has all that was read',
    async (name) => {
      const model = smallModel(name)
      const parameters = parametersOf(model, 1)
      const whole = await lossByPosition(model, corpus, executor, parameters, { batch: 2, context: 96 })
      const parts = await lossByPosition(model, corpus, executor, parameters, { batch: 2, context: 96, segment: 16 })
      parts.positions.forEach(({ loss }, i) => {
        expect(Math.abs(loss - whole.positions[i].loss)).toBeLessThan(2e-5)
      })
    },
  )

  it('ends after a limit of tokens, and at once when aborted before the second batch', async () => {
    const model = smallModel('gla')
    const parameters = parametersOf(model, 1)
    const options = { batch: 1, context: 16 }
    expect((await lossByPosition(model, corpus, executor, parameters, { ...options, limit: 40 })).tokens).toBe(48)
    const signal = AbortSignal.abort()
    expect((await lossByPosition(model, corpus, executor, parameters, { ...options, signal })).tokens).toBe(0)
  })

  it('refuses segments that do not divide the window, and positions that the model has not', async () => {
    const model = smallModel('transformer', { positions: 'learned', maxPositions: 16 })
    const parameters = parametersOf(model, 1)
    const measure = (options: { context: number; segment?: number }) =>
      lossByPosition(model, corpus, executor, parameters, { batch: 1, ...options })
    await expect(measure({ context: 20, segment: 8 })).rejects.toThrow(
      'must be a multiple of the segment 8, got 20 – use 24',
    )
    await expect(measure({ context: 32 })).rejects.toMatchObject({ name: 'UserError' })
    await expect(measure({ context: 32, segment: 16 })).rejects.toMatchObject({ name: 'UserError' })
  })
})
