/** Answers of a scorer against the logits of whole sequences read one at a time, and of what no position may see. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Executor, onnxExecutor } from '#seqlab/engine/index.js'
import { modelScorer, type Question } from '#seqlab/evaluation/text/scorer.js'
import '#seqlab/index.js'
import { presets } from '#seqlab/models/index.js'
import { parametersOf, randomTokens, smallModel, vocabulary, wholeLogits } from '../../inference/models.js'

let executor: Executor
beforeAll(async () => {
  executor = await onnxExecutor({ threads: 1, worker: false })
})
afterAll(() => executor.close())

const question = (context: number, continuation: number, seed: number): Question => ({
  context: randomTokens(context, seed),
  continuation: randomTokens(continuation, seed + 100),
})
/** Lengths of several buckets, more of one than a batch holds. */
const questions = [
  ...Array.from({ length: 18 }, (_, i) => question(1 + (i % 7), 1 + (i % 5), i)),
  question(40, 3, 50),
  question(1, 16, 51),
  question(17, 33, 52),
]

describe.each(Object.keys(presets))('the scorer of %s', (name) => {
  it('gives the losses and hits that whole sequences give, in the order of the questions', async () => {
    const model = smallModel(name)
    const parameters = parametersOf(model, 1)
    const scorer = await modelScorer(model, parameters, executor)
    const answers = await scorer.score(questions)
    for (const index of [0, 5, 17, 18, 19, 20]) {
      const { context, continuation } = questions[index]
      const logits = await wholeLogits(model, parameters, Int32Array.of(...context, ...continuation), executor)
      const { losses, hits } = answers[index]
      expect(losses.length).toBe(continuation.length)
      continuation.forEach((token, i) => {
        const row = logits[context.length - 1 + i]
        const highest = Math.max(...row)
        const normalizer = highest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - highest), 0))
        expect(Math.abs(losses[i] - (normalizer - row[token]))).toBeLessThan(2e-5)
        expect(hits[i]).toBe(row.indexOf(highest) === token ? 1 : 0)
      })
    }
    await scorer.dispose()
  })
})

describe('a scorer', () => {
  it('of learned positions cuts the beginning off, and refuses a continuation that does not fit alone', async () => {
    const model = smallModel('transformer', { positions: 'learned', maxPositions: 24 })
    const parameters = parametersOf(model, 1)
    const scorer = await modelScorer(model, parameters, executor)
    const { context, continuation } = question(60, 5, 1)
    const [long, cut] = await scorer.score([
      { context, continuation },
      { context: context.subarray(-20), continuation },
    ])
    expect(long).toEqual(cut)
    await expect(scorer.score([question(1, 25, 1)])).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('25 tokens is longer than the 24 positions'),
    })
    await scorer.dispose()
  })

  it('needs a token to read and one to score', async () => {
    const model = smallModel('lstm')
    const scorer = await modelScorer(model, parametersOf(model, 1), executor)
    for (const none of [question(0, 1, 1), question(1, 0, 1)])
      await expect(scorer.score([none])).rejects.toThrow('context and continuation need a token each')
    expect(await scorer.score([])).toEqual([])
    await scorer.dispose()
  })

  it('works in blocks of logits where the vocabulary is large', async () => {
    // 2,048 tokens × 20,000 logits are more than one block of 2²⁴.
    const model = smallModel('lstm', { dim: 8, input: { kind: 'tokens', vocabulary: 20_000 } })
    const scorer = await modelScorer(model, parametersOf(model, 1), executor)
    const some = Array.from({ length: 16 }, (_, i) => question(100, 20, i))
    const together = await scorer.score(some)
    const [alone] = await scorer.score([some[15]])
    expect(together[15].losses.length).toBe(20)
    together[15].losses.forEach((loss, i) => {
      expect(Math.abs(loss - alone.losses[i])).toBeLessThan(1e-5)
    })
    expect(Math.abs(together[0].losses[0] - Math.log(20_000))).toBeLessThan(2)
    expect(vocabulary).toBeLessThan(20_000)
    await scorer.dispose()
  })
})
