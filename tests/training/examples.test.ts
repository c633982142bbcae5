/** Learning from examples: what batches hold, and scores against logits made the plain way. Seeds are in the cases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Executor, onnxExecutor } from '#seqlab/engine/index.js'
import { assess } from '#seqlab/evaluation/index.js'
import { createModel, type Model, preset } from '#seqlab/models/index.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import {
  chooseTask,
  type Example,
  type ExampleSource,
  type ExampleTask,
  loaded,
  modelInterface,
  tasks,
} from '#seqlab/tasks/index.js'
import {
  type ExampleScores,
  exampleData,
  exampleScorer,
  scoreOf,
  shareOf,
  totals,
  trainingSettings,
} from '#seqlab/training/index.js'
import { parametersOf, wholeLogits } from '../inference/models.js'

let executor: Executor
beforeAll(async () => {
  setPlatform(nodePlatform)
  executor = await onnxExecutor({ threads: 1 })
})
afterAll(() => executor.close())

const noCorpora = { path: () => Promise.reject(new Error('none')) }

async function opened(choice: string): Promise<{ task: ExampleTask; source: ExampleSource; model: Model }> {
  const { task, config } = chooseTask(choice, tasks)
  const source = await (task as ExampleTask).open(config, noCorpora)
  const model = createModel({ ...preset('gla'), layers: 1, dim: 16, heads: 2, ...modelInterface(source) })
  return { task: task as ExampleTask, source, model }
}

async function scored(model: Model, source: ExampleSource, count: number, batch: number): Promise<ExampleScores[]> {
  const store = executor.createStore()
  const values = Object.entries(parametersOf(model, 5)).map(([path, value]) => [`parameters.${path}`, value])
  await store.write(Object.fromEntries(values))
  const results = await (await exampleScorer(model, source, executor, store, batch))('test', count)
  await store.dispose()
  return results
}

describe('an example is judged as whole logits say', () => {
  const count = 7
  it.each([
    ['few answers, gathered', 'mqar:length=16:pairs=2:vocabulary=32'],
    ['an answer at every position', 'parity:every=true:length=12'],
    ['examples of which all answers must be right', 'sorting'],
  ])('%s', async (_, choice) => {
    const { task, source, model } = await opened(choice)
    // Three at a time: the last batch is not full.
    const results = await scored(model, source, count, 3)
    expect(results).toHaveLength(count)
    let [right, asked, loss, allRight] = [0, 0, 0, 0]
    for (const [index, { positions, losses, scores }] of results.entries()) {
      const { inputs, targets, weights } = source.example('test', index)
      const logits = await wholeLogits(model, parametersOf(model, 5), inputs as Int32Array, executor)
      const wanted = [...weights.keys()].filter((position) => weights[position] > 0)
      expect(positions).toEqual(wanted)
      let mistakes = 0
      for (const [i, position] of wanted.entries()) {
        const row = Array.from(logits[position])
        const nats = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - row[targets[position]]
        const isRight = row.indexOf(Math.max(...row)) === targets[position]
        expect(Math.abs(losses[i] - nats)).toBeLessThan(1e-5 * Math.max(1, nats))
        expect(scores[i]).toBe(isRight ? 1 : 0)
        loss += nats
        asked++
        right += isRight ? 1 : 0
        mistakes += isRight ? 0 : 1
      }
      allRight += mistakes === 0 ? 1 : 0
    }
    const assessment = assess(task.metric, results)
    const expected = task.metric === 'exact' ? allRight / count : right / asked
    expect(assessment.score.mean).toBeCloseTo(expected, 12)
    expect(assessment.score.low).toBeLessThanOrEqual(expected)
    expect(assessment.score.high).toBeGreaterThanOrEqual(expected)
    expect(assessment.loss).toBeCloseTo(loss / asked, 5)
    expect(scoreOf(task.metric, results)).toBeCloseTo(expected, 12)
  })

  it('however many are judged at once', async () => {
    const { source, model } = await opened('mqar:length=16:pairs=2:vocabulary=32')
    const [one, many] = [await scored(model, source, 5, 1), await scored(model, source, 5, 64)]
    expect(many.map(({ scores }) => scores)).toEqual(one.map(({ scores }) => scores))
    for (const [index, { losses }] of many.entries())
      for (const [i, loss] of losses.entries()) expect(loss).toBeCloseTo(one[index].losses[i], 5)
  })
})

describe('scores of examples', () => {
  const results: ExampleScores[] = [
    { positions: [1, 3], losses: [0.5, 1.5], scores: [1, 0], bounds: [0.25, 0.75] },
    { positions: [1], losses: [1], scores: [1], bounds: [0.5] },
  ]

  it('are shares of answers, of examples, or means of errors', () => {
    expect(scoreOf('accuracy', results)).toBeCloseTo(2 / 3, 12)
    expect(scoreOf('exact', results)).toBe(1 / 2)
    expect(scoreOf('loss', results)).toBe(1)
    expect(scoreOf('squaredError', [{ positions: [0, 1], losses: [4, 2], scores: [4, 2] }])).toBe(3)
    expect(shareOf('accuracy', results[0])).toEqual({ right: 1, of: 2 })
    expect(totals(results)).toEqual({ loss: 1, answers: 3 })
  })

  it('come with the loss at each position and the least possible loss', () => {
    const { byPosition, bound, loss } = assess('accuracy', results)
    expect(byPosition).toEqual([
      { position: 1, loss: 0.75 },
      { position: 3, loss: 1.5 },
    ])
    expect({ bound, loss }).toEqual({ bound: 0.5, loss: 1 })
  })

  it('are thinned to 128 positions, each the mean of its neighbours', () => {
    const positions = Array.from({ length: 300 }, (_, position) => position)
    const { byPosition } = assess('loss', [{ positions, losses: positions, scores: positions }])
    expect(byPosition.length).toBeLessThanOrEqual(128)
    expect(byPosition[0]).toEqual({ position: 1, loss: 1 })
    expect(byPosition.at(-1)).toEqual({ position: 298, loss: 298 })
  })
})

const settings = (batch: number, seed: number) => trainingSettings.parse({ batch, seed })

describe('batches of examples', () => {
  const numbered = (number: number): Example => ({
    inputs: Int32Array.of(number, 0, 0),
    targets: Int32Array.of(0, number, 0),
    weights: Float32Array.of(0, 1, 0),
  })
  const finite = loaded({
    task: 'numbers',
    input: { kind: 'tokens', vocabulary: 10 },
    output: { kind: 'tokens' },
    chance: 0.1,
    parts: {
      train: Array.from({ length: 10 }, (_, number) => numbered(number)),
      validation: [numbered(0)],
      test: [numbered(1)],
    },
    show: () => ({ input: '', answer: '' }),
  })

  /** The first inputs of the examples of some steps. */
  async function seen(source: ExampleSource, steps: number, seed = 1): Promise<number[]> {
    const batches = exampleData('accuracy', source).source(undefined as never, settings(4, seed))
    const all: number[] = []
    for (let step = 0; step < steps; step++) {
      const { inputs } = await batches.batch(step)
      for (let row = 0; row < 4; row++) all.push(inputs[row * source.length])
    }
    return all
  }

  it('of a finite task hold every example once an epoch, each epoch in an order of its own', async () => {
    // 5 steps of 4 rows are 2 epochs of 10: the third step is in both.
    const all = await seen(finite, 5)
    const [first, second] = [all.slice(0, 10), all.slice(10)]
    const sorted = (numbers: number[]) => [...numbers].sort((a, b) => a - b)
    expect(sorted(first)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(sorted(second)).toEqual(sorted(first))
    expect(second).not.toEqual(first)
    expect(await seen(finite, 5, 2)).not.toEqual(all)
  })

  it('are pure functions of step and seed, asked for in any order', async () => {
    const { source } = await opened('mqar:length=16:pairs=2:vocabulary=32')
    const from = (seed: number) => exampleData('accuracy', source).source(undefined as never, settings(4, seed))
    const inOrder = from(1)
    const [zero, one, two] = [await inOrder.batch(0), await inOrder.batch(1), await inOrder.batch(2)]
    const backwards = from(1)
    expect(await backwards.batch(2)).toEqual(two)
    expect(await backwards.batch(0)).toEqual(zero)
    expect(one.inputs).not.toEqual(zero.inputs)
    expect((await from(2).batch(0)).inputs).not.toEqual(zero.inputs)
  })

  it('draw examples of the training part that no other step drew', async () => {
    const { source } = await opened('mqar:length=16:pairs=2:vocabulary=32')
    const { batch } = exampleData('accuracy', source).source(undefined as never, settings(4, 3))
    const rows = new Set<string>()
    for (let step = 0; step < 10; step++) {
      const { inputs } = await batch(step)
      for (let row = 0; row < 4; row++) rows.add(inputs.subarray(row * 16, (row + 1) * 16).join(' '))
    }
    expect(rows.size).toBe(40)
    expect([...rows][5]).toBe(source.example('train', 5, 3).inputs.join(' '))
  })

  it('name the places of the answers where these are few, and weigh every position where they are many', async () => {
    const few = await opened('mqar:length=16:pairs=2:vocabulary=32')
    const { inputs, targets, weights, places } = await exampleData('accuracy', few.source)
      .source(few.model, settings(2, 1))
      .batch(0)
    for (let row = 0; row < 2; row++) {
      const example = few.source.example('train', row, 1)
      for (let answer = 0; answer < 2; answer++) {
        const at = row * 2 + answer
        expect(example.weights[places![at]]).toBe(weights![at])
        expect(example.targets[places![at]]).toBe(targets[at])
      }
      expect(inputs.subarray(row * 16, (row + 1) * 16)).toEqual(example.inputs)
    }
    const many = await opened('parity:every=true:length=12')
    const batch = await exampleData('accuracy', many.source).source(many.model, settings(2, 1)).batch(0)
    expect(batch.places).toBeUndefined()
    expect(batch.weights!.subarray(0, many.source.length)).toEqual(
      padded(many.source.example('train', 0, 1).weights, many.source.length),
    )
  })
})

function padded(values: Float32Array, length: number): Float32Array {
  const all = new Float32Array(length)
  all.set(values)
  return all
}
