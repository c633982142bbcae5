/** What a model makes of each token of given sequences: its loss, and whether it is the likeliest. */
import {
  argMax,
  cast,
  concat,
  equal,
  gatherElements,
  logSoftmax,
  neg,
  reshape,
  type Spec,
  slice,
  type Tensor,
  traceStateful,
  unsqueeze,
} from '../../engine/index.js'
import { carriedLeaves, carriedState, flatState, type Model, parameterLeaves } from '../../models/index.js'
import { type Head, logits } from '../../nn/index.js'

/** Logits of one block hold at most this many values. */
const largestBlock = 2 ** 24

/** Where a carried state lies in the store. */
export const carriedPrefix = 'evaluation'

export interface SequenceShape {
  readonly batch: number
  readonly length: number
  /** Whether the state of the run before is continued; else every run begins anew. */
  readonly carry: boolean
}

/** Fed inputs and targets [batch, length] (i32), fetches losses in nats and hits (0 or 1), both [batch · length] (f32). */
export function tokenProgram(model: Model, { batch, length, carry }: SequenceShape) {
  const tokens: Spec = { shape: [batch, length], dtype: 'i32' }
  const state = { ...parameterLeaves(model), ...(carry ? carriedLeaves(model, batch, 0, carriedPrefix) : {}) }
  return traceStateful(state, { inputs: tokens, targets: tokens }, (before, { inputs, targets }) => {
    const tensors = model.nest(({ path }) => before[`parameters.${path}`])
    const carried = carriedState(model, carry ? before : {}, batch, carriedPrefix)
    const { features, state: next } = model.forward(tensors, { x: inputs }, carried)
    const rows = batch * length
    const fetch = judged(reshape(features, [rows, -1]), model.head(tensors), reshape(targets, [rows]))
    return { state: carry ? flatState(next, carriedPrefix) : {}, fetch }
  })
}

/** In blocks of rows, so that all logits never exist at once. */
function judged(x: Tensor, head: Head, targets: Tensor) {
  const [rows] = x.shape
  const size = Math.max(1, Math.floor(largestBlock / head.weight.shape[head.transposed ? 0 : 1]))
  const losses: Tensor[] = []
  const hits: Tensor[] = []
  for (let from = 0; from < rows; from += size) {
    const to = Math.min(rows, from + size)
    const target = slice(targets, 0, from, to)
    const logProbabilities = logSoftmax(logits(slice(x, 0, from, to), head))
    losses.push(neg(reshape(gatherElements(logProbabilities, unsqueeze(target, 1), 1), [to - from])))
    hits.push(cast(equal(argMax(logProbabilities, 1), target), 'f32'))
  }
  return { losses: concat(losses, 0), hits: concat(hits, 0) }
}
