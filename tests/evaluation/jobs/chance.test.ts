/** A model that cannot know the answer, because all inputs look the same to it, scores no better than chance. Seed 1. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Executor, onnxExecutor } from '#seqlab/engine/index.js'
import { assess } from '#seqlab/evaluation/index.js'
import { createModel, preset } from '#seqlab/models/index.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { chooseTask, type ExampleTask, modelInterface, tasks } from '#seqlab/tasks/index.js'
import { exampleScorer } from '#seqlab/training/index.js'

let executor: Executor
beforeAll(async () => {
  setPlatform(nodePlatform)
  executor = await onnxExecutor({ threads: 1 })
})
afterAll(() => executor.close())

/** What a model with random parameters, but none for its input, makes of 400 test examples. */
async function blind(choice: string) {
  const { task, config } = chooseTask(choice, tasks) as { task: ExampleTask; config: object }
  const source = await task.open(config, { path: () => Promise.reject(new Error('none')) })
  const model = createModel({ ...preset('lstm'), layers: 1, dim: 16, heads: 2, ...modelInterface(source) })
  const store = executor.createStore()
  for (const [path, value] of Object.entries(model.initialParameters(1))) {
    const data = path.startsWith('input.') ? new Float32Array(value.data.length) : value.data
    await store.write({ [`parameters.${path}`]: { ...value, data } })
  }
  const score = await exampleScorer(model, source, executor, store, 64)
  const { score: found } = assess(task.metric, await score('test', 400))
  await store.dispose()
  return { ...found, chance: source.chance }
}

describe('a blind model', () => {
  it.each([
    'mqar:length=16:pairs=2:vocabulary=32',
    'induction-heads:length=16:vocabulary=8',
    'selective-copying',
    'parity:length=12',
    'parity:length=12:every=true',
    'modular-arithmetic:length=8',
    'permutation-composition:degree=3:length=8',
    'boolean-satisfiability',
    'sorting',
    'causal-axioms',
    'drawn-images',
  ])('is not better than chance, within the interval of its score: %s', async (task) => {
    const { low, chance } = await blind(task)
    expect(low).toBeLessThanOrEqual(chance)
  })

  it.each(['adding:length=8', 'linear-regression:dimensions=2:points=6'])(
    'is off by at least what the best constant is: %s',
    async (task) => {
      const { high, chance } = await blind(task)
      expect(high).toBeGreaterThanOrEqual(chance)
    },
  )
})
