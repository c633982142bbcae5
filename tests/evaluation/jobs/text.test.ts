/** Jobs on a text: Tiny Shakespeare, for a few steps. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { JobSpecInput } from '#seqlab/evaluation/jobs/job.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { run, tiny } from './jobs.js'

beforeAll(() => setPlatform(nodePlatform))

const text: JobSpecInput = {
  ...tiny,
  task: 'tinyshakespeare',
  // Large batches make the test quick.
  training: { steps: 3, batch: 64, context: 32, rate: 0.01, evaluateTokens: 2048 },
}

describe('a job on a text', () => {
  it('has the loss in nats of the validation part, and of each position', async () => {
    const result = await run(text)
    expect(result).toMatchObject({ metric: 'loss', chance: Math.log(65), tokens: 3 * 64 * 32, byDifficulty: [] })
    expect(result.loss).toBeGreaterThan(2)
    expect(result.loss).toBeLessThan(Math.log(65) * 1.2)
    expect(result.score.mean).toBeCloseTo(result.loss, 6)
    expect(result.score.low).toBeLessThan(result.loss)
    expect(result.score.high).toBeGreaterThan(result.loss)
    // Tiny Shakespeare has no test part: both are of the validation part, in the same windows.
    expect(result.validation.loss).toBeCloseTo(result.loss, 4)
    expect(result.validation.score).toBe(result.validation.loss)
    expect(result.byPosition.map(({ position }) => position)).toEqual(Array.from({ length: 32 }, (_, i) => i))
    const mean = result.byPosition.reduce((sum, { loss }) => sum + loss, 0) / 32
    expect(mean).toBeCloseTo(result.loss, 2)
  })

  it('is tested at other contexts, shorter and longer, where every window begins anew', async () => {
    for (const model of ['transformer', 'transformer-xl']) {
      const result = await run({ ...text, model, difficulty: [16, 128] })
      expect(result.byDifficulty.map(({ value }) => value)).toEqual([16, 128])
      for (const { loss, score } of result.byDifficulty) {
        expect(loss).toBeGreaterThan(2)
        expect(score.mean).toBeCloseTo(loss, 6)
      }
      // Positions are those of the longest context.
      expect(result.byPosition).toHaveLength(128)
    }
  })

  it('refuses contexts that it could not be tested at, before it trains', async () => {
    await expect(run({ ...text, difficulty: [16.5] })).rejects.toThrow(/whole numbers of tokens, got 16.5 – use 17/)
    await expect(run({ ...text, difficulty: [0] })).rejects.toThrow(/got 0 – use 1/)
    await expect(run({ ...text, model: 'transformer-xl', difficulty: [100] })).rejects.toThrow(
      /multiples of the training context 32.*got 100 – use 128/,
    )
  })

  it('is solved at a loss, where lower is better', async () => {
    const training = { ...text.training, steps: 40, evaluateEvery: 2 }
    const { solvedAt, steps } = await run({ ...text, training, solvedAt: 4 })
    expect(solvedAt).toBe(steps)
    expect(steps).toBeLessThan(40)
  })
})
