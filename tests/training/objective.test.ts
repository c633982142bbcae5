/** What a batch costs, against itself written otherwise and against sums made by hand. Parameters and batches: seed 7. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  compileStateful,
  type Executor,
  onnxExecutor,
  reshape,
  type Spec,
  type Tensor,
  type TensorData,
  traceStateful,
} from '#seqlab/engine/index.js'
import { carriedState, createModel, type Model, parameterLeaves, preset } from '#seqlab/models/index.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { type BatchShape, batchData, batchSpecs, type TrainingBatch } from '#seqlab/training/batch.js'
import { lossGradients } from '#seqlab/training/programs.js'
import { parametersOf, randomTokens, smallModel } from '../inference/models.js'
import { seeded } from './seeded.js'

let executor: Executor
beforeAll(async () => {
  setPlatform(nodePlatform)
  executor = await onnxExecutor({ threads: 1 })
})
afterAll(() => executor.close())

const [batch, context] = [3, 12]
const dense: BatchShape = { batch, context, weighted: true, resets: false }
/** Rows with as many answers as the batch has room for, fewer, and one. */
const asked = [[2, 3, 7, 11], [0, 11], [5]]
const weightOf = (row: number, position: number) => 0.25 + ((row + position) % 3)

/** The mean loss of a batch and its gradients by path. */
async function lossOf(model: Model, shape: BatchShape, given: TrainingBatch) {
  const settings = { ...shape, carry: false, clip: 0, accumulate: 1, frozen: () => false }
  const traced = traceStateful(parameterLeaves(model), { batch: batchSpecs(model, shape) }, (state, feeds) => {
    const { loss, gradients } = lossGradients(model, state, feeds.batch as never, settings, { training: true })
    return { state: {}, fetch: { loss, gradients } }
  })
  return run<{ loss: Tensor; gradients: Record<string, Tensor> }>(model, traced, {
    batch: batchData(given, model, shape),
  })
}

async function run<F>(model: Model, traced: unknown, feeds: object) {
  const store = executor.createStore()
  const values = Object.entries(parametersOf(model, 7)).map(([path, value]) => [`parameters.${path}`, value])
  await store.write(Object.fromEntries(values))
  const step = await compileStateful<object, F>(executor, store, traced as never)
  const found = await step.run(feeds as never)
  await store.dispose()
  return found as any
}

/** Largest difference, as a share of the largest magnitude. */
function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  const [values, wanted] = [Array.from(found), Array.from(expected)]
  expect(values).toHaveLength(wanted.length)
  const scale = Math.max(1e-7, ...wanted.map(Math.abs))
  return Math.max(...values.map((value, i) => Math.abs(value - wanted[i]))) / scale
}

describe('answers gathered before the head', () => {
  it.each(['transformer', 'gla', 'lstm'])(
    'give the loss and the gradients of every position with weights: %s, within 1e-5 and 1e-4',
    async (name) => {
      const model = smallModel(name)
      const inputs = randomTokens(batch * context, 3)
      const answers = randomTokens(batch * context, 4)
      const weights = new Float32Array(batch * context)
      const gathered = {
        inputs,
        targets: new Int32Array(batch * 4),
        weights: new Float32Array(batch * 4),
        places: new Int32Array(batch * 4),
      }
      for (const [row, positions] of asked.entries()) {
        for (const [index, position] of positions.entries()) {
          weights[row * context + position] = weightOf(row, position)
          gathered.weights[row * 4 + index] = weightOf(row, position)
          gathered.targets[row * 4 + index] = answers[row * context + position]
          gathered.places[row * 4 + index] = position
        }
      }
      const whole = await lossOf(model, dense, { inputs, targets: answers, weights })
      const few = await lossOf(model, { ...dense, answers: 4 }, gathered)
      expect(whole.loss.data[0]).toBeGreaterThan(1)
      expect(difference(few.loss.data, whole.loss.data)).toBeLessThan(1e-5)
      expect(Object.keys(few.gradients)).toEqual(model.parameterList.map(({ path }) => path))
      for (const path of Object.keys(whole.gradients))
        expect(difference(few.gradients[path].data, whole.gradients[path].data), path).toBeLessThan(1e-4)
    },
  )

  it('with no answer at all cost nothing and teach nothing', async () => {
    const model = smallModel('gla')
    const { loss, gradients } = await lossOf(
      model,
      { ...dense, answers: 2 },
      {
        inputs: randomTokens(batch * context, 3),
        targets: new Int32Array(batch * 2),
        weights: new Float32Array(batch * 2),
        places: new Int32Array(batch * 2),
      },
    )
    expect(loss.data[0]).toBe(0)
    for (const gradient of Object.values<TensorData>(gradients))
      expect(
        difference(
          gradient.data,
          gradient.data.map(() => 0),
        ),
      ).toBe(0)
  })
})

describe('squared error', () => {
  const outputs = 3
  const model = createModel({
    ...preset('gla'),
    layers: 1,
    dim: 16,
    heads: 2,
    input: { kind: 'vectors', width: 5 },
    head: { kind: 'regression', outputs },
  })
  const random = seeded(7)
  const values = (count: number) => Float32Array.from({ length: count }, () => random(2001) / 1000 - 1)
  const inputs = values(batch * context * 5)
  const targets = values(batch * context * outputs)
  const weights = Float32Array.from({ length: batch * context }, (_, i) => (i % 4 === 0 ? 0 : 0.5 + (i % 3)))

  /** What the head sees, and its parameters. */
  async function featuresOf(): Promise<{ rows: Float32Array; weight: Float32Array; bias: Float32Array | undefined }> {
    const x: Spec = { shape: [batch, context, 5], dtype: 'f32' }
    const traced = traceStateful(parameterLeaves(model), { x }, (before, feeds) => {
      const tensors = model.nest(({ path }) => before[`parameters.${path}`])
      const { features } = model.forward(tensors, { x: feeds.x }, carriedState(model, {}, batch), { training: false })
      const { weight, bias } = model.head(tensors)
      return { state: {}, fetch: { rows: reshape(features, [batch * context, 16]), weight, ...(bias && { bias }) } }
    })
    const found = await run<any>(model, traced, { x: { ...x, data: inputs } })
    return { rows: found.rows.data, weight: found.weight.data, bias: found.bias?.data }
  }

  it('is the weighted mean of the mean over outputs, and so is its gradient, by hand', async () => {
    const { loss, gradients } = await lossOf(model, dense, { inputs, targets, weights })
    const { rows, weight, bias } = await featuresOf()
    const total = weights.reduce((a, b) => a + b, 0)
    const slope = new Float64Array(16 * outputs)
    let expected = 0
    for (let row = 0; row < batch * context; row++) {
      for (let output = 0; output < outputs; output++) {
        let y = bias?.[output] ?? 0
        for (let d = 0; d < 16; d++) y += rows[row * 16 + d] * weight[d * outputs + output]
        const error = y - targets[row * outputs + output]
        expected += (weights[row] * error ** 2) / outputs / total
        for (let d = 0; d < 16; d++)
          slope[d * outputs + output] += (2 * weights[row] * error * rows[row * 16 + d]) / outputs / total
      }
    }
    expect(expected).toBeGreaterThan(0.1)
    expect(difference(loss.data, [expected])).toBeLessThan(1e-5)
    const head = model.parameterList.find(({ path, shape }) => path.startsWith('head') && shape.length === 2)!
    expect(difference(gradients[head.path].data, slope)).toBeLessThan(1e-4)
  })

  it('of gathered answers is that of every position with weights', async () => {
    const sparse = new Float32Array(batch * context)
    const gathered = {
      inputs,
      targets: new Float32Array(batch * 4 * outputs),
      weights: new Float32Array(batch * 4),
      places: new Int32Array(batch * 4),
    }
    for (const [row, positions] of asked.entries()) {
      for (const [index, position] of positions.entries()) {
        const [from, to] = [row * context + position, row * 4 + index]
        sparse[from] = weightOf(row, position)
        gathered.weights[to] = weightOf(row, position)
        gathered.places[to] = position
        gathered.targets.set(targets.subarray(from * outputs, (from + 1) * outputs), to * outputs)
      }
    }
    const whole = await lossOf(model, dense, { inputs, targets, weights: sparse })
    const few = await lossOf(model, { ...dense, answers: 4 }, gathered)
    expect(difference(few.loss.data, whole.loss.data)).toBeLessThan(1e-5)
    for (const path of Object.keys(whole.gradients))
      expect(difference(few.gradients[path].data, whole.gradients[path].data), path).toBeLessThan(1e-4)
  })
})
