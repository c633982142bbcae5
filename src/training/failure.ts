/** Finding out why a loss stopped being a number. */
import {
  compileStateful,
  type Executor,
  flatten,
  sub,
  sum,
  type Tensor,
  type TensorData,
  traceStateful,
} from '../engine/index.js'
import { carriedLeaves, type Model, parameterLeaves } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { batchData, batchSpecs, type TrainingBatch } from './batch.js'
import { listCheckpoints } from './checkpoint-folders.js'
import { keySpecs, lossGradients, type TrainingSettings } from './programs.js'
import type { Run } from './run-directory.js'
import type { Session } from './session.js'

/** 0 where all numbers are finite, not a number elsewhere: one value to fetch, however large the tensor. */
const trouble = (tensor: Tensor) => sum(sub(tensor, tensor))

const allFinite = ({ data }: TensorData) => (data as Float32Array).every(Number.isFinite)

/**
 * The error of a run that diverged at step `number`. `badSince`: the step whose update made the weights bad; a checkpoint
 * of it may exist, and is no good one.
 */
export async function divergence({ path }: Run, number: number, badSince: number, cause: string): Promise<UserError> {
  const good = (await listCheckpoints(path)).findLast(({ step }) => step < badSince)
  const kept = good ? `the last good checkpoint is of step ${good.step}` : 'there is no good checkpoint yet'
  const fix = 'use a lower --lr, a longer --warmup or a --clip such as 1'
  return new UserError(`training diverged at step ${number}: ${cause}\n${kept} – ${fix}`)
}

/** The first of a model's parameters that is not finite. */
export function brokenParameter(weights: Readonly<Record<string, TensorData>>): string | undefined {
  return Object.keys(weights).find((path) => !allFinite(weights[path]))
}

/**
 * The first named tensor that was not finite in a step: a parameter before it, else a value of the forward pass in the
 * order of computation, else a gradient, the last layer's first. Takes the session back to before the step.
 */
export async function firstNonFinite(
  model: Model,
  session: Session,
  executor: Executor,
  settings: TrainingSettings,
  number: number,
  batches: readonly TrainingBatch[],
): Promise<string> {
  await session.store.revert()
  const parameter = brokenParameter((await session.snapshot()).weights)
  if (parameter) return `parameter ${parameter}`
  const state = { ...parameterLeaves(model), ...(settings.carry ? carriedLeaves(model, settings.batch) : {}) }
  let names: string[] = []
  const program = traceStateful(
    state,
    { batch: batchSpecs(model, settings), ...keySpecs(model) },
    (before, { batch, key }) => {
      const { loss, gradients } = lossGradients(model, before, batch, settings, { training: true, key })
      const named = [...loss.graph.named].filter(([, tensor]) => tensor.dtype === 'f32')
      const backward = Object.entries(gradients).reverse()
      names = [...named.map(([name]) => name), 'loss', ...backward.map(([path]) => `gradient of ${path}`)]
      return {
        state: {},
        fetch: [...named.map(([, tensor]) => tensor), loss, ...backward.map(([, gradient]) => gradient)].map(trouble),
      }
    },
  )
  const step = await compileStateful(executor, session.store, program)
  for (const [part, batch] of batches.entries()) {
    const fetched = await step.run({
      batch: batchData(batch, model, settings),
      ...session.keyAt(number, part),
    } as never)
    const found = flatten<TensorData>(fetched as never).leaves.findIndex((value) => !allFinite(value))
    if (found !== -1) return names[found]
  }
  return 'norm of the gradient (every gradient is finite, their squares are not)'
}
