import { beforeAll, describe, expect, it } from 'vitest'
import { jobId } from '#seqlab/evaluation/jobs/hash.js'
import { planSweep } from '#seqlab/evaluation/jobs/plan.js'
import { UserError } from '#seqlab/platform/errors.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'

beforeAll(() => setPlatform(nodePlatform))

const job = { name: 'gla', model: 'gla', task: 'parity' }

describe('the id of a job', () => {
  it('does not depend on the order of its settings, nor on which defaults are written out', async () => {
    const id = await jobId({ ...job, set: { dim: 32, layers: 2 }, training: { rate: 1e-3, seed: 1 } })
    expect(id).toMatch(/^[0-9a-f]{16}$/)
    const other = { threads: 1, training: { seed: 1, rate: 0.001 }, set: { layers: 2, dim: 32 }, ...job }
    expect(await jobId(other)).toBe(id)
    expect(await jobId({ ...job, training: {} })).toBe(await jobId(job))
  })

  it('differs where any setting does', async () => {
    const variants = [job, { ...job, name: 'other' }, { ...job, set: { dim: 32 } }, { ...job, training: { seed: 2 } }]
    expect(new Set(await Promise.all(variants.map(jobId))).size).toBe(variants.length)
  })
})

describe('a sweep file', () => {
  it('is the product of its grid over its base, named by model, the last setting changing fastest', async () => {
    const { name, jobs, duplicates } = await planSweep(
      `
name: recall
base: { set: { layers: 2 }, training: { steps: 10 } }
grid:
  model: [transformer, gla]
  task: [parity]
  training.rate: [1.0e-3, 3.0e-3]
  set.mixers.0.chunk: [16]
`,
      'recall.yaml',
    )
    expect([name, duplicates]).toEqual(['recall', 0])
    expect(jobs.map(({ spec }) => [spec.name, spec.training.rate])).toEqual([
      ['transformer', 0.001],
      ['transformer', 0.003],
      ['gla', 0.001],
      ['gla', 0.003],
    ])
    expect(jobs[0].spec.set).toEqual({ layers: 2, 'mixers.0.chunk': 16 })
    expect(jobs[0].spec.training.steps).toBe(10)
    for (const { id, spec } of jobs) expect(await jobId(spec)).toBe(id)
  })

  it('adds jobs that are written out, over the base, and runs those written twice once', async () => {
    const { jobs, duplicates } = await planSweep(
      `
base: { task: parity, training: { steps: 10, seed: 1 } }
grid: { model: [gla], training.seed: [1, 2, 2] }
jobs:
  - { model: gla }
  - { model: lstm, name: other, training: { seed: 7 } }
`,
      'sweep.yaml',
    )
    expect(duplicates).toBe(2)
    expect(jobs.map(({ spec: { name, training } }) => [name, training.seed, training.steps])).toEqual([
      ['gla', 1, 10],
      ['gla', 2, 10],
      ['other', 7, 10],
    ])
  })

  it.each([
    ['text that is no YAML', 'grid:\n  model: [a\nbase: {}', /^s\.yaml:\d+: /],
    ['a key twice', 'name: a\nname: b', /^s\.yaml:2: Map keys must be unique/],
    ['a list', '- 1', /^s\.yaml:1: sweep: must be an object, got \[1\]/],
    ['an unknown part', 'name: a\ngrids: {}', /^s\.yaml:2: sweep: has no setting "grids" – known are name, base,/],
    ['a value that is no list', 'grid:\n  task: parity', /^s\.yaml:2: sweep\.grid\.task: must be a list, got "parity"/],
    ['an empty list', 'grid:\n  model: [gla]\n  task: []', /^s\.yaml:3: .*at least 1 entries/],
    [
      'a wrong value in the grid',
      'base: { task: parity }\ngrid:\n  model: [gla]\n  training.rate: [-1]',
      /^s\.yaml:4: job\.training\.rate: must be above 0, got -1/,
    ],
    [
      'a wrong value in the base',
      'base:\n  task: parity\n  training: { stepz: 3 }\ngrid:\n  model: [gla]',
      /^s\.yaml:3: job\.training: has no setting "stepz"/,
    ],
    [
      'a wrong value in a job',
      'base: { task: parity }\njobs:\n  - model: gla\n  - model: gla\n    threads: 0',
      /^s\.yaml:5: job\.threads: must be above 0, got 0/,
    ],
    ['an unknown model', 'base: { task: parity }\ngrid:\n  model: [gla, glaa]', /^s\.yaml:3: .*"glaa" – use one of/],
    ['an unknown task', 'base:\n  model: gla\n  task: parityy', /^s\.yaml:3: task: none is called "parityy"/],
    ['no model', 'base: { task: parity }', /^s\.yaml:1: job\.name: must be a text, got nothing/],
    [
      'more jobs than anyone can run',
      `grid:\n${['a', 'b', 'c'].map((name) => `  set.${name}: [${Array(50).fill(1)}]`).join('\n')}`,
      /^s\.yaml:2: the grid has 125000 combinations, more than 100000/,
    ],
  ])('is refused with its line: %s', async (_, text, message) => {
    const refusal = await planSweep(text, 's.yaml').catch((error) => error)
    expect(refusal).toBeInstanceOf(UserError)
    expect(refusal.message).toMatch(message)
    expect(refusal.message).not.toContain('\n')
  })
})
