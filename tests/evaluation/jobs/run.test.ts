/** Jobs from their specification to their result: complete, repeatable, and the same after an interruption. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { jobId } from '#seqlab/evaluation/jobs/hash.js'
import { createModel } from '#seqlab/models/index.js'
import { asJson } from '#seqlab/training/canonical-json.js'
import { trainingFlops } from '#seqlab/training/flops.js'
import { echo } from '../../training/echo.js'
import { temporaryFolder } from '../../training/temporary-folder.js'
import { interrupted, run, tiny, withoutTime } from './jobs.js'

describe('the result of a job', () => {
  it('is complete, plain JSON, and the same when the job is run again', async () => {
    const spec = { ...tiny, difficulty: [32, 64], decode: 50 }
    const result = await run(spec)
    const { params, flopsPerToken, steps, tokens, curve, byDifficulty, byPosition, decode } = result
    expect(asJson(result)).toEqual(result)
    expect(result.id).toBe(await jobId(spec))
    expect(result).toMatchObject({
      spec,
      version: '0.0.0',
      machine: { cpu: 'test', runtime: 'test' },
      steps: 20,
      tokens: 20 * 8 * 16,
      metric: 'accuracy',
      chance: 1 / 16,
      solvedAt: null,
    })
    const model = createModel(result.configuration as never)
    expect(params).toBe(model.parameterCount)
    const shape = { batch: 8, context: 16, weighted: true, resets: false, answers: 2 }
    expect(flopsPerToken).toBe(trainingFlops(model, shape).perToken)
    expect(result.seconds).toBeGreaterThan(0)
    expect(result.tokensPerSecond).toBeCloseTo(tokens / result.seconds, 6)
    expect(result.peakRssMiB).toBeGreaterThan(10)
    expect(result.score.low).toBeLessThanOrEqual(result.score.mean)
    expect(result.score.high).toBeGreaterThanOrEqual(result.score.mean)
    expect(result.validation.loss).toBeGreaterThan(0)
    expect(byDifficulty.map(({ value }) => value)).toEqual([32, 64])
    for (const { score, loss } of byDifficulty) {
      expect(score.mean).toBeGreaterThanOrEqual(0)
      expect(loss).toBeGreaterThan(0)
    }
    // Queries come after the two pairs, at even positions.
    for (const { position } of byPosition) expect([4, 6, 8, 10, 12, 14]).toContain(position)
    expect(curve).toHaveLength(20)
    expect(curve.at(-1)).toMatchObject({ step: steps, tokens, flops: tokens * flopsPerToken })
    expect(curve.filter(({ score }) => score !== undefined)).toHaveLength(9)
    expect(decode.map(({ position }) => position)).toEqual([25, 50])

    expect(withoutTime(await run(spec))).toEqual(withoutTime(result))
  })

  it('depends on the seed', async () => {
    const [one, two] = [await run(tiny), await run({ ...tiny, training: { ...tiny.training, seed: 2 } })]
    expect(two.id).not.toBe(one.id)
    expect(two.loss).not.toBe(one.loss)
  })

  it('of values has their squared error, and its bound where the task knows one', async () => {
    const result = await run({
      ...tiny,
      task: 'linear-regression:dimensions=2:points=6',
      training: { steps: 10, batch: 4, rate: 1e-3 },
      difficulty: [1],
      decode: 50,
    })
    expect(result).toMatchObject({ metric: 'squaredError', decode: [] })
    expect(result.score.mean).toBeCloseTo(result.loss, 10)
    expect(result.bound).toBeLessThan(result.loss)
    expect(result.byDifficulty).toHaveLength(1)
  })

  it('tells when a task, here of one’s own, was solved, and stops there', async () => {
    const spec = { ...tiny, task: 'own', training: { steps: 90, batch: 16, rate: 5e-3, evaluateEvery: 4 } }
    const own = () => ({ task: echo, config: {} })
    const { solvedAt, steps, score, curve } = await run({ ...spec, solvedAt: 0.9 }, {}, own)
    expect(solvedAt).toBe(steps)
    expect(steps).toBeLessThan(90)
    expect(score.mean).toBeGreaterThan(0.85)
    expect(curve.at(-1)!.score).toBeGreaterThanOrEqual(0.9)
  })

  it('of a model with learned positions has as many as the tests need, and generates no further', async () => {
    const { configuration, byDifficulty, decode } = await run({
      ...tiny,
      model: 'transformer',
      set: { ...tiny.set, positions: 'learned' },
      training: { steps: 2, batch: 4 },
      difficulty: [64],
      decode: 100,
    })
    expect(configuration).toMatchObject({ maxPositions: 64 })
    expect(byDifficulty).toHaveLength(1)
    expect(decode.map(({ position }) => position)).toEqual([25, 50])
  })

  it('of a matched model has the parameters that were asked for, within 3 %', async () => {
    const { params } = await run({ ...tiny, model: 'lstm', parameters: 6000, training: { steps: 1 } })
    expect(Math.abs(params / 6000 - 1)).toBeLessThan(0.03)
  })
})

describe('an interrupted job', () => {
  it('continues in its folder and ends as one that was not', async () => {
    const directory = await temporaryFolder()
    await interrupted(tiny, directory, 7)
    await interrupted(tiny, directory, 15)
    expect(withoutTime(await run(tiny, { directory }))).toEqual(withoutTime(await run(tiny)))
  })

  it('does not continue as another job', async () => {
    const directory = await temporaryFolder()
    await interrupted(tiny, directory, 7)
    await expect(run({ ...tiny, training: { ...tiny.training, rate: 0.02 } }, { directory })).rejects.toThrow(
      /made with other settings.*rate/,
    )
  })
})

describe('a budget', () => {
  it('of FLOPs buys as many steps as cost it, whatever the model', async () => {
    for (const [model, steps] of [
      ['gla', 12],
      ['lstm', 5],
    ] as const) {
      const { flopsPerToken } = await run({ ...tiny, model, training: { steps: 1, batch: 8 } })
      const flops = (steps + 0.3) * flopsPerToken * 8 * 16
      expect((await run({ ...tiny, model, training: { batch: 8 }, flops })).steps).toBe(steps)
      const parts = { batch: 8, accumulate: 2 }
      expect((await run({ ...tiny, model, training: parts, flops })).steps).toBe(Math.round((steps + 0.3) / 2))
    }
  })

  it('of too few FLOPs buys one step', async () => {
    expect((await run({ ...tiny, flops: 1 })).steps).toBe(1)
  })

  it('of seconds buys the steps that take about as long, and keeps their number across an interruption', async () => {
    const directory = await temporaryFolder()
    const spec = { ...tiny, training: { ...tiny.training, steps: 1 }, seconds: 0.3 }
    await interrupted(spec, directory, 3)
    const { steps: kept } = JSON.parse(await readFile(`${directory}/budget.json`, 'utf8'))
    const { steps, seconds } = await run(spec, { directory })
    expect(steps).toBe(kept)
    expect(steps).toBeGreaterThan(3)
    // Other work on the machine may slow steps down, or have slowed those that were timed.
    expect(seconds).toBeGreaterThan(0.05)
    expect(seconds).toBeLessThan(5)
  })
})

describe('a job that cannot be done', () => {
  it.each([
    ['an unknown model', { model: 'gal' }, /no preset is called "gal"/],
    ['an unknown task', { task: 'mqra' }, /none is called "mqra"/],
    ['a setting that the model lacks', { set: { depth: 2 } }, /"depth"/],
    ['a probe', { task: 'blimp' }, /nothing to learn from/],
    ['a context that is not the task’s', { training: { context: 32 } }, /sequences of 16 tokens, got 32/],
    ['a difficulty the task refuses', { difficulty: [4] }, /pairs must be at most a quarter of length 4/],
    [
      'fewer learned positions than the task has',
      { model: 'transformer', set: { ...tiny.set, positions: 'learned', maxPositions: 8 } },
      /maxPositions 8/,
    ],
    [
      'fewer learned positions than a test needs',
      { model: 'transformer', set: { ...tiny.set, positions: 'learned', maxPositions: 16 }, difficulty: [32] },
      /maxPositions 16.*got 32/,
    ],
    ['a part that is none', { training: { frozen: ['nothing'] } }, /"nothing"/],
  ])('says so: %s', async (_, change, message) => {
    const directory = await temporaryFolder()
    await expect(run({ ...tiny, ...change }, { directory })).rejects.toThrow(message)
    // Again, it says the same.
    await expect(run({ ...tiny, ...change }, { directory })).rejects.toThrow(message)
  })

  it('says so again and again, with a budget of seconds too', async () => {
    const directory = await temporaryFolder()
    const positions = { ...tiny.set, positions: 'learned', maxPositions: 8 }
    const spec = { ...tiny, model: 'transformer', set: positions, seconds: 0.2 }
    await expect(run(spec, { directory })).rejects.toThrow(/maxPositions 8/)
    await expect(run(spec, { directory })).rejects.toThrow(/maxPositions 8/)
  })
})
