/** The course of a study on pretended jobs: what is tried, what is chosen, what is run once more, what is reported. */
import { beforeAll, describe, expect, it } from 'vitest'
import { pairedInterval } from '#seqlab/evaluation/statistics.js'
import { assembleStudy } from '#seqlab/evaluation/study/assemble.js'
import { type StudyPlanInput, studyPlan } from '#seqlab/evaluation/study/plan.js'
import { studyPresets } from '#seqlab/evaluation/study/presets.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { asJson } from '#seqlab/training/canonical-json.js'
import { cells, type Outcome, plan, pretended } from './pretended.js'

beforeAll(() => setPlatform(nodePlatform))

const surroundings = {
  command: 'npx seqlab compare',
  version: '0.0.0',
  machine: { cpu: 'test', threads: 1, workers: 2, runtime: 'test' },
}
const good = { validation: { score: 0.5, loss: 1 } }

describe('the learning rate of a study', () => {
  const rates = [1e-3, 3e-3, 1e-2]
  const chosen = async (outcome: Outcome, change: object = {}) =>
    (await pretended(plan({ rates, ...change }), outcome)).measured.map(({ rate }) => rate)

  it('is that with the best score on the validation part, for each mechanism its own', async () => {
    const best: Record<string, number> = { a: 3e-3, b: 1e-2 }
    const outcome: Outcome = ({ name, training }) => ({
      validation: { score: training.rate === best[name] ? 0.9 : 0.3, loss: 1 },
      // The test part says otherwise, and must not be heard.
      score: training.rate === best[name] ? 0 : 1,
    })
    expect(await chosen(outcome)).toEqual([3e-3, 1e-2])
  })

  it('is that with the lower score where lower is better', async () => {
    const outcome: Outcome = ({ training }) => ({
      validation: { score: training.rate === 3e-3 ? 0.1 : 0.3, loss: 1 },
      change: { metric: 'squaredError' },
    })
    expect(await chosen(outcome)).toEqual([3e-3, 3e-3])
  })

  it('is that with the lowest loss where scores are equal', async () => {
    const outcome: Outcome = ({ training }) => ({
      validation: { score: 1, loss: training.rate === 1e-2 ? 0.001 : 0.1 },
    })
    expect(await chosen(outcome)).toEqual([1e-2, 1e-2])
  })

  it('is chosen by the mean over the seeds of the search', async () => {
    // 1e-3 has the best single score, 3e-3 the best mean.
    const scores: Record<number, number[]> = { 1e-3: [0.9, 0.1], 3e-3: [0.6, 0.7], 1e-2: [0.5, 0.5] }
    const outcome: Outcome = ({ training }) => ({
      validation: { score: scores[training.rate!][training.seed! - 1], loss: 1 },
    })
    expect(await chosen(outcome, { searchSeeds: [1, 2], seeds: [1, 2] })).toEqual([3e-3, 3e-3])
  })

  it('is one of those that did not fail, and none of those that failed at a seed', async () => {
    const outcome: Outcome = ({ training }) => {
      if (training.rate === 1e-2) return undefined
      return { validation: { score: training.rate === 1e-3 ? 0.4 : 0.3, loss: 1 } }
    }
    expect(await chosen(outcome)).toEqual([1e-3, 1e-3])
    const luckyOnce: Outcome = ({ training }) => {
      if (training.rate === 1e-2 && training.seed === 2) return undefined
      return { validation: { score: training.rate! * 10, loss: 1 } }
    }
    expect(await chosen(luckyOnce, { searchSeeds: [1, 2], seeds: [1] })).toEqual([3e-3, 3e-3])
  })
})

describe('the jobs of a study', () => {
  it('are the search, then the seeds at the chosen rate; a seed of both is one job', async () => {
    const { asked, specs } = await pretended(plan(), ({ training }) => ({
      validation: { score: training.rate!, loss: 1 },
    }))
    expect(asked.map((ids) => ids.length)).toEqual([4, 6])
    const [search, repeats] = asked
    // Each mechanism's first seed was run by the search already.
    expect(repeats.filter((id) => search.includes(id))).toHaveLength(2)
    expect(new Set([...search, ...repeats]).size).toBe(8)
    expect(specs[1].map(({ training }) => [training.rate, training.seed])).toEqual(
      [1, 2, 3, 1, 2, 3].map((seed) => [1e-2, seed]),
    )
  })

  it('are the same the next time', async () => {
    const [one, two] = [await pretended(plan(), () => good), await pretended(plan(), () => good)]
    expect(two.asked).toEqual(one.asked)
  })

  it('have what the plan says of size, budget and test', async () => {
    const change: Partial<StudyPlanInput> = {
      budget: { kind: 'flops', value: 1e9 },
      difficulty: [32],
      examples: 7,
      decode: 25,
      solvedAt: 0.9,
      training: { batch: 3 },
    }
    const { specs } = await pretended(plan(change), () => good)
    expect(specs[0][0]).toMatchObject({
      name: 'a',
      model: 'gla',
      set: { dim: 16, layers: 1, heads: 2 },
      task: 'mqar:length=16:pairs=2:vocabulary=32',
      flops: 1e9,
      difficulty: [32],
      examples: 7,
      decode: 25,
      solvedAt: 0.9,
      training: { batch: 3, rate: 1e-3, seed: 1 },
    })
    expect(specs[0][0]).not.toHaveProperty('parameters')
    const timed = await pretended(plan({ budget: { kind: 'time', value: 60 } }), () => good)
    expect(timed.specs[0][0].seconds).toBe(60)
    const matched = await pretended(plan({ match: true }), () => good)
    const counts = matched.specs[0].map(({ parameters }) => parameters)
    expect(counts[0]).toBeGreaterThan(1000)
    expect(new Set(counts).size).toBe(1)
  })

  it('are refused before any of them runs, where one could not be done', async () => {
    const contestant = (change: object) => ({
      contestants: [...plan().contestants, { name: 'c', model: 'lstm', ...change }],
    })
    const refused: [Partial<StudyPlanInput>, RegExp][] = [
      [contestant({ model: 'gal' }), /"gal"/],
      [contestant({ set: { depth: 3 } }), /"depth"/],
      [{ ...contestant({ set: { channel: null } }), match: true }, /c has no channel mixer/],
      [{ tasks: ['mqar', 'blimp'] }, /blimp.*nothing to learn from/],
      [{ tasks: ['mqra'] }, /"mqra"/],
      [{ difficulty: [3] }, /length/],
      [{ training: { context: 32 } }, /sequences of 16 tokens, got 32/],
    ]
    for (const [change, message] of refused) await expect(cells(plan(change))).rejects.toThrow(message)
  })

  it('that fail at every rate, or at every seed of the chosen one, end the study with the name of who failed', async () => {
    await expect(pretended(plan(), ({ name }) => (name === 'b' ? undefined : good))).rejects.toThrow(
      /b on mqar.* no result at any rate/,
    )
    const late: Outcome = ({ name, training }) => (name === 'b' && training.seed! > 1 ? undefined : good)
    await expect(pretended(plan({ seeds: [2, 3] }), late)).rejects.toThrow(/b on mqar.*from any seed/)
  })
})

describe('the report of a study', () => {
  const scores: Record<string, number[]> = { a: [0.9, 0.8, 0.85], b: [0.5, 0.7, 0.6] }
  const outcome: Outcome = ({ name, training: { seed } }) => ({
    validation: { score: scores[name][seed! - 1], loss: 1 - scores[name][seed! - 1] },
    change: { steps: 10 + seed!, bound: 0.25, solvedAt: seed === 1 ? 7 : null },
  })

  it('has every mechanism with its rate, its interval over seeds and each of its runs', async () => {
    const { measured, asked } = await pretended(plan(), outcome)
    const report = assembleStudy(plan(), measured, surroundings)
    expect(asJson(report)).toEqual(JSON.parse(JSON.stringify(report)))
    expect(report).toMatchObject({
      ...surroundings,
      title: 'A study',
      mechanisms: ['a', 'b'],
      seeds: [1, 2, 3],
      search: { rates: [1e-3, 1e-2], seeds: [1] },
      budget: { kind: 'steps', value: 13 },
    })
    expect(report.tasks).toMatchObject([
      {
        key: 'mqar:length=16:pairs=2:vocabulary=32',
        id: 'mqar',
        metric: 'accuracy',
        higherIsBetter: true,
        chance: 0.0625,
        bound: 0.25,
        difficulty: 'length',
        settings: { length: 16, pairs: 2, vocabulary: 32, fill: 'zeros' },
      },
    ])
    const [a] = report.entries
    expect(a).toMatchObject({ mechanism: 'a', size: { dim: 16, layers: 1 }, rate: 1e-3, best: 0.9 })
    expect(a.score.mean).toBeCloseTo(0.85, 12)
    // ± t(0.975, 2) · s / √3
    expect(a.score.high - a.score.mean).toBeCloseTo((4.30265 * 0.05) / Math.sqrt(3), 5)
    expect(a.tried).toEqual([1e-3, 1e-2].map((rate) => ({ rate, seed: 1, score: 0.9, loss: expect.closeTo(0.1, 9) })))
    expect(a.runs.map(({ id, seed, steps, solvedAt }) => [id, seed, steps, solvedAt])).toEqual([
      [asked[1][0], 1, 11, 7],
      [asked[1][1], 2, 12, null],
      [asked[1][2], 3, 13, null],
    ])
  })

  it('compares mechanisms by the seeds that both have', async () => {
    const { measured } = await pretended(plan(), outcome)
    const { pairs } = assembleStudy(plan(), measured, surroundings)
    expect(pairs).toHaveLength(1)
    expect(pairs[0]).toMatchObject({ first: 'a', second: 'b', size: { dim: 16, layers: 1 } })
    expect(pairs[0].difference).toEqual(pairedInterval(scores.a, scores.b))

    // Seed 2 of b failed: 1 and 3 are compared, and the runs of a stay three.
    const { measured: partly } = await pretended(plan(), (spec) =>
      spec.name === 'b' && spec.training.seed === 2 ? undefined : outcome(spec),
    )
    const report = assembleStudy(plan(), partly, surroundings)
    expect(report.pairs[0].difference).toEqual(pairedInterval([0.9, 0.85], [0.5, 0.6]))
    expect(report.entries.map(({ runs }) => runs.map(({ seed }) => seed))).toEqual([
      [1, 2, 3],
      [1, 3],
    ])
  })

  it('compares within a task and a size alone', async () => {
    const two = plan({
      tasks: ['mqar:length=16:pairs=2:vocabulary=32', 'parity:length=8'],
      sizes: [{ dim: 16 }, { dim: 32 }],
    })
    const { measured } = await pretended(two, outcome)
    const { pairs, entries, tasks } = assembleStudy(two, measured, surroundings)
    expect(tasks.map(({ id }) => id)).toEqual(['mqar', 'parity'])
    expect(entries).toHaveLength(8)
    expect(pairs.map(({ task, size }) => [task.split(':')[0], size.dim])).toEqual([
      ['mqar', 16],
      ['mqar', 32],
      ['parity', 16],
      ['parity', 32],
    ])
  })

  it('knows that lower is better', async () => {
    const error: Outcome = (spec) => ({ ...outcome(spec)!, change: { metric: 'squaredError' } })
    const { measured } = await pretended(plan(), error)
    const { entries, tasks } = assembleStudy(plan(), measured, surroundings)
    expect(tasks[0]).toMatchObject({ metric: 'squaredError', higherIsBetter: false })
    expect(entries[0].best).toBe(0.8)
  })

  it('says what was equal', async () => {
    const textOf = async (change: object) => {
      const input = plan(change)
      return assembleStudy(input, (await pretended(input, outcome)).measured, surroundings).budget
    }
    expect(await textOf({ budget: { kind: 'flops', value: 2e9 } })).toEqual({
      kind: 'flops',
      value: 2e9,
      text: 'equal width and depth, and 2.00e+9 training FLOPs each',
    })
    expect((await textOf({ match: true })).text).toMatch(/^equal parameters .*at most 13 steps$/)
    expect((await textOf({ budget: { kind: 'time', value: 60 } })).text).toMatch(/60 s of training each/)
  })
})

describe('every known study', () => {
  it.each(Object.entries(studyPresets))('%s has models and tasks that fit, and 3 seeds or more', async (_, input) => {
    const known = studyPlan.parse(input)
    expect(known.seeds.length).toBeGreaterThanOrEqual(3)
    const found = await cells(known)
    expect(found).toHaveLength(known.contestants.length * known.tasks.length * known.sizes.length)
  })
})
