/** What training costs in floating-point operations, by the count of the engine: docs/flops.md has the formulas. */
import { countFlops, traceStateful } from '../engine/index.js'
import { type Model, parameterLeaves } from '../models/index.js'
import { type BatchShape, batchSpecs } from './batch.js'
import { keySpecs, lossGradients, lossProgram, type TrainingSettings } from './programs.js'

export interface TrainingFlops {
  /** Loss and gradients of one batch; the optimizer and evaluation are not counted. */
  readonly perStep: number
  /** The same for each position of the batch. */
  readonly perToken: number
  /** The loss alone, for each position of the batch. */
  readonly forward: number
}

/** Counts a step on batches of a shape, in which parameters that `frozen` names do not learn. */
export function trainingFlops(
  model: Model,
  shape: BatchShape,
  frozen: TrainingSettings['frozen'] = () => false,
): TrainingFlops {
  const settings: TrainingSettings = { ...shape, carry: false, clip: 0, accumulate: 1, frozen }
  const feeds = { batch: batchSpecs(model, shape), ...keySpecs(model) }
  const { program } = traceStateful(parameterLeaves(model), feeds, (state, { batch, key }) => {
    const { loss, gradients } = lossGradients(model, state, batch, settings, { training: true, key })
    return { state: {}, fetch: { loss, gradients } }
  })
  const perStep = countFlops(program)
  const positions = shape.batch * shape.context
  const forward = countFlops(lossProgram(model, shape, false).program) / positions
  return { perStep, perToken: perStep / positions, forward }
}
