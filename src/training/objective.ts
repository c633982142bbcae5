/** What a batch costs a model: the loss that its head calls for, over the positions that are asked for. */
import {
  add,
  argMax,
  cast,
  equal,
  full,
  gather,
  iota,
  logSoftmax,
  mean,
  mul,
  neg,
  reshape,
  scalar,
  square,
  sub,
  sum,
  type Tensor,
  unsqueeze,
  where,
} from '../engine/index.js'
import type { Model } from '../models/index.js'
import { crossEntropy, logits } from '../nn/loss.js'
import { UserError } from '../platform/errors.js'

export interface BatchTensors {
  readonly inputs: Tensor
  readonly targets: Tensor
  readonly weights?: Tensor
  readonly places?: Tensor
  readonly resets?: Tensor
}

export interface LossRun {
  readonly training: boolean
  readonly key?: Tensor
}

type Head = ReturnType<Model['head']>

interface Objective {
  /** Σ weight · loss over rows [N, width]. */
  total(rows: Tensor, head: Head, targets: Tensor, weights: Tensor): Tensor
  /** The loss of each row, and how well it does in itself: 1 where right, or its squared error; [N] each. */
  each(rows: Tensor, head: Head, targets: Tensor): { loss: Tensor; score: Tensor }
}

/** Nats for a token among the vocabulary. */
const likelihood: Objective = {
  total: crossEntropy,
  each(rows, head, targets) {
    const scores = logits(rows, head)
    const chosen = equal(unsqueeze(targets, 1), iota(scores.shape[1]))
    return {
      loss: neg(sum(where(chosen, logSoftmax(scores), 0), 1)),
      score: cast(equal(argMax(scores, 1), targets), 'f32'),
    }
  },
}

/** The squared error of real values, the mean over outputs. */
const regression: Objective = {
  total: (rows, head, targets, weights) => sum(mul(regression.each(rows, head, targets).loss, weights)),
  each(rows, head, targets) {
    const error = mean(square(sub(logits(rows, head), targets)), 1)
    return { loss: error, score: error }
  },
}

/** @throws UserError for a head that no loss is known for */
function objectiveOf({ config: { head } }: Model): Objective {
  if (head.kind === 'token') return likelihood
  if (head.kind === 'regression' && head.pool === 'none') return regression
  throw new UserError(
    `model: head.kind must be token, or regression with pool none, to be trained, got ${head.kind} with pool ${head.pool} – leave head out`,
  )
}

/** The features that are asked for, one row an answer. */
function answering(features: Tensor, places: Tensor | undefined): Tensor {
  const [batch, context, width] = features.shape
  const all = reshape(features, [batch * context, width])
  if (!places) return all
  const at = add(places, unsqueeze(mul(iota(batch), context), 1))
  return gather(all, reshape(at, [places.size]), 0)
}

function answers(model: Model, tensors: unknown, batch: BatchTensors, carried: unknown, run: LossRun) {
  const { features, ...rest } = model.forward(tensors, { x: batch.inputs, resets: batch.resets }, carried, run)
  const rows = answering(features, batch.places)
  const count = rows.shape[0]
  const targets = reshape(batch.targets, batch.targets.dtype === 'i32' ? [count] : [count, batch.targets.shape[2]])
  const weights = batch.weights ? reshape(batch.weights, [count]) : undefined
  return { rows, targets, weights, ...rest }
}

/** Σ weight · loss over a batch, Σ weight, the model's new state and auxiliary losses. */
export function batchLoss(model: Model, tensors: unknown, batch: BatchTensors, carried: unknown, run: LossRun) {
  const { rows, targets, weights, state, losses } = answers(model, tensors, batch, carried, run)
  const total = objectiveOf(model).total(rows, model.head(tensors), targets, weights ?? full([rows.shape[0]], 1))
  return { total, count: weights ? sum(weights) : scalar(rows.shape[0]), state, losses: Object.values(losses) }
}

/** Loss and score of every answer, [batch, A] each, whatever its weight. */
export function answerScores(model: Model, tensors: unknown, batch: BatchTensors, carried: unknown) {
  const { rows, targets, state } = answers(model, tensors, batch, carried, { training: false })
  const { loss, score } = objectiveOf(model).each(rows, model.head(tensors), targets)
  const shape = batch.targets.shape.slice(0, 2)
  return { loss: reshape(loss, shape), score: reshape(score, shape), state }
}
