/** The programs of training: one step, an accumulating step, the update alone, and the loss without gradients. */
import {
  add,
  div,
  gradients,
  type LeafSpec,
  maximum,
  mul,
  type Spec,
  type StateTensors,
  type Tensor,
  traceStateful,
  zeros,
} from '../engine/index.js'
import { carriedLeaves, carriedState, flatState, type Model, parameterLeaves } from '../models/index.js'
import { type BatchShape, batchSpecs } from './batch.js'
import { answerScores, type BatchTensors, batchLoss, type LossRun } from './objective.js'
import type { Optimizer } from './optimizer.js'
import { clipped, updates } from './update.js'

export interface TrainingSettings extends BatchShape {
  /** Steps continue the state of the step before. */
  readonly carry: boolean
  /** Largest norm of the gradient; 0 for none. */
  readonly clip: number
  /** Parts of a batch that are added up before an update. */
  readonly accumulate: number
  /** Whether a parameter keeps its value. */
  frozen(path: string): boolean
}

const leaf = (shape: readonly number[], dtype: Spec['dtype'] = 'f32'): LeafSpec => ({ shape, dtype, change: 'replace' })
const number: Spec = { shape: [], dtype: 'f32' }

const nested = (model: Model, state: StateTensors) => model.nest(({ path }) => state[`parameters.${path}`])

/** Gradients of the mean loss by path, of the parameters that learn. */
export function lossGradients(
  model: Model,
  state: StateTensors,
  batch: BatchTensors,
  settings: TrainingSettings,
  run: LossRun,
) {
  const carried = carriedState(model, settings.carry ? state : {}, settings.batch)
  const { total, count, state: next, losses } = batchLoss(model, nested(model, state), batch, carried, run)
  const loss = div(total, maximum(count, 1))
  const objective = losses.reduce((a, b) => add(a, b), loss)
  const learning = model.parameterList.filter(({ path }) => !settings.frozen(path))
  const found = gradients(
    objective,
    Object.fromEntries(learning.map(({ path }) => [path, state[`parameters.${path}`] as Tensor])),
  )
  return { loss, gradients: found as Record<string, Tensor>, carried: settings.carry ? flatState(next) : {} }
}

function sizeSpecs() {
  return { rate: number, keep: number, scaledRate: number, epsilon: number }
}

export function momentLeaves(model: Model, optimizer: Optimizer, settings: TrainingSettings): Record<string, LeafSpec> {
  const learning = model.parameterList.filter(({ path }) => !settings.frozen(path))
  return Object.fromEntries(
    learning.flatMap(({ path, shape }) => optimizer.moments.map((name) => [`${name}.${path}`, leaf(shape)])),
  )
}

export function accumulatorLeaves(model: Model, settings: TrainingSettings): Record<string, LeafSpec> {
  if (settings.accumulate === 1) return {}
  return Object.fromEntries(
    model.parameterList
      .filter(({ path }) => !settings.frozen(path))
      .map(({ path, shape }) => [`accumulated.${path}`, leaf(shape)]),
  )
}

/** The random key that a model with dropout is fed. */
export function keySpecs(model: Model): { key?: Spec } {
  return model.config.dropout > 0 ? { key: { shape: [2], dtype: 'i32' } } : {}
}

/** Loss, gradients and update in one program. Fetches the mean loss and the gradient's norm before clipping. */
export function trainProgram(model: Model, optimizer: Optimizer, settings: TrainingSettings) {
  const state = {
    ...parameterLeaves(model),
    ...momentLeaves(model, optimizer, settings),
    ...(settings.carry ? carriedLeaves(model, settings.batch) : {}),
  }
  const feeds = { batch: batchSpecs(model, settings), sizes: sizeSpecs(), ...keySpecs(model) }
  return traceStateful(state, feeds, (before, { batch, sizes, key }) => {
    const { loss, gradients: found, carried } = lossGradients(model, before, batch, settings, { training: true, key })
    const { norm, gradients: safe } = clipped(found, settings.clip)
    return { state: { ...updates(model, optimizer, before, safe, sizes), ...carried }, fetch: { loss, norm } }
  })
}

/** Adds a part's gradients to the accumulators. */
export function accumulateProgram(model: Model, settings: TrainingSettings) {
  const accumulators = accumulatorLeaves(model, settings)
  const state = {
    ...parameterLeaves(model),
    ...accumulators,
    ...(settings.carry ? carriedLeaves(model, settings.batch) : {}),
  }
  const feeds = { batch: batchSpecs(model, settings), ...keySpecs(model) }
  return traceStateful(state, feeds, (before, { batch, key }) => {
    const { loss, gradients: found, carried } = lossGradients(model, before, batch, settings, { training: true, key })
    const sums = Object.entries(found).map(([path, gradient]) => [
      `accumulated.${path}`,
      add(before[`accumulated.${path}`], gradient),
    ])
    return { state: { ...Object.fromEntries(sums), ...carried }, fetch: { loss } }
  })
}

/** Updates from the accumulated gradients and empties them. */
export function updateProgram(model: Model, optimizer: Optimizer, settings: TrainingSettings) {
  const accumulators = accumulatorLeaves(model, settings)
  const state = { ...parameterLeaves(model), ...momentLeaves(model, optimizer, settings), ...accumulators }
  return traceStateful(state, { sizes: sizeSpecs() }, (before, { sizes }) => {
    const means = Object.keys(accumulators).map((name) => [
      name.slice('accumulated.'.length),
      mul(before[name], 1 / settings.accumulate),
    ])
    const { norm, gradients: safe } = clipped(Object.fromEntries(means), settings.clip)
    const emptied = Object.entries(accumulators).map(([name, { shape }]) => [name, zeros(shape)])
    return {
      state: { ...updates(model, optimizer, before, safe, sizes), ...Object.fromEntries(emptied) },
      fetch: { norm },
    }
  })
}

/** The prefix of the state that evaluation carries from window to window, beside that of training. */
export const evaluationState = 'evaluation'

/** Σ weight · loss and Σ weight of a batch. */
export function lossProgram(model: Model, shape: BatchShape, carry: boolean) {
  const state = { ...parameterLeaves(model), ...(carry ? carriedLeaves(model, shape.batch, 0, evaluationState) : {}) }
  return traceStateful(state, { batch: batchSpecs(model, shape) }, (before, { batch }) => {
    const carried = carriedState(model, carry ? before : {}, shape.batch, evaluationState)
    const { total, count, state: next } = batchLoss(model, nested(model, before), batch, carried, { training: false })
    return { state: carry ? flatState(next, evaluationState) : {}, fetch: { total, count } }
  })
}

/** Loss and score of every answer of a batch, [batch, A]; state is not carried. */
export function answersProgram(model: Model, shape: BatchShape) {
  return traceStateful(parameterLeaves(model), { batch: batchSpecs(model, shape) }, (before, { batch }) => {
    const start = carriedState(model, {}, shape.batch)
    const { loss, score } = answerScores(model, nested(model, before), batch as BatchTensors, start)
    return { state: {}, fetch: { loss, score } }
  })
}
