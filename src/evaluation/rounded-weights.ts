/** What rounding the weights of a model changes: its logits and its loss on a text, beside those of f32. */
import { type Corpus, validationBatches } from '../data/index.js'
import { compileStateful, type Executor, reshape, type Spec, traceStateful } from '../engine/index.js'
import { createWeights, type ParameterSource, requireGenerator, type WeightForm } from '../inference/index.js'
import { carriedState, type Model, parameterLeaves } from '../models/index.js'
import { logits } from '../nn/index.js'

export interface RoundedEvaluation {
  /** Nats a token, with the rounded weights and with f32. */
  readonly loss: number
  readonly exactLoss: number
  /** ‖z − z′‖ / ‖z‖ over all logits z of f32 and z′ of the rounded weights. */
  readonly logitError: number
  readonly tokens: number
}

/** Windows of the corpus that do not overlap, each by itself. @throws UserError for a model that predicts no tokens */
export async function evaluateRounded(
  model: Model,
  parameters: ParameterSource,
  corpus: Corpus,
  options: { executor: Executor; weights: WeightForm; context: number },
): Promise<RoundedEvaluation> {
  const { executor, weights, context } = options
  const exact = await windowLogits(model, parameters, { executor, weights: 'f32', length: context })
  const rounded = await windowLogits(model, parameters, { executor, weights, length: context })
  const batches = validationBatches({ corpus, batch: 1, context })
  const sums = { loss: 0, exactLoss: 0, difference: 0, size: 0, tokens: 0 }
  for (let index = 0; index < batches.count; index++) {
    const { inputs, targets, weights: counted } = await batches.batch(index)
    const [z, changed] = [await exact(inputs), await rounded(inputs)]
    const width = z.length / context
    for (let t = 0; t < context; t++) {
      if (counted[t] === 0) continue
      const rows = [z, changed].map((all) => all.subarray(t * width, (t + 1) * width))
      sums.exactLoss -= logProbability(rows[0], targets[t])
      sums.loss -= logProbability(rows[1], targets[t])
      for (const [i, value] of rows[0].entries()) {
        sums.difference += (value - rows[1][i]) ** 2
        sums.size += value ** 2
      }
      sums.tokens++
    }
  }
  return {
    loss: sums.loss / sums.tokens,
    exactLoss: sums.exactLoss / sums.tokens,
    logitError: Math.sqrt(sums.difference / sums.size),
    tokens: sums.tokens,
  }
}

/** A function from the tokens of a window [T] to the logits after each of them, [T · vocabulary]. */
async function windowLogits(
  model: Model,
  parameters: ParameterSource,
  { executor, weights: form, length }: { executor: Executor; weights: WeightForm; length: number },
) {
  requireGenerator(model)
  const store = executor.createStore()
  const tokens: Spec = { shape: [1, length], dtype: 'i32' }
  const traced = traceStateful(parameterLeaves(model), { tokens }, (before, feeds) => {
    const tensors = model.nest(({ path }) => before[`parameters.${path}`])
    const { features } = model.forward(tensors, { x: feeds.tokens }, carriedState(model, {}, 1))
    return { state: {}, fetch: { z: logits(reshape(features, [length, -1]), model.head(tensors)) } }
  })
  const { stateful, handedOver } = await createWeights(parameters, { executor, store, form }).bind(traced)
  const step = await compileStateful(executor, store, stateful, { handedOver })
  return async (data: Int32Array): Promise<Float32Array> => {
    const { z } = await step.run({ tokens: { ...tokens, data } } as never)
    return (z as { data: Float32Array }).data
  }
}

function logProbability(row: Float32Array, target: number): number {
  const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  let sum = 0
  for (const value of row) sum += Math.exp(value - most)
  return row[target] - most - Math.log(sum)
}
