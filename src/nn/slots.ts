/**
 * Attention over M slots instead of T tokens, in two passes of decaying memory:
 *   K̃_t = diag(exp g_t) K̃_{t−1} + s_t k_tᵀ,  w_t = softmax(K̃_t q_t)
 *   Ṽ_t = diag(exp g_t) Ṽ_{t−1} + s_t v_tᵀ,  o_t = Ṽ_tᵀ w_t
 * Zhang et al. 2024, arXiv:2409.07146; Peng et al. 2021, arXiv:2110.02488, whose s is a running softmax.
 */
import { add, div, exp, full, mul, softmax, sub, type Tensor, tanh, transpose, where } from '../engine/index.js'
import { chunkLength } from './chunks.js'
import { decayChunked, decayParallel, decayStep, matrixMemory, type Recurrence } from './decay.js'
import { documentMarks, nothing } from './document-decay.js'
import { logAddExp } from './log-space.js'
import { loopOverTime, type Timeline } from './recurrence.js'
import { type ValueDecayInputs, valueDecayChunked, valueDecayStep } from './value-decay.js'

export interface SlotInputs extends Timeline {
  /** [B, H, T, K], scaled. */
  readonly q: Tensor
  readonly k: Tensor
  /** [B, H, T, V] */
  readonly v: Tensor
  /** How much each slot takes of a token, [B, H, T, M]. */
  readonly written: Tensor
  /** Logarithm of what each slot keeps, at most 0: [B, H, T, M]. */
  readonly logDecay: Tensor
}

export interface SlotMemory {
  /** [B, H, K, M] */
  readonly keys: Tensor
  /** [B, H, M, V] */
  readonly values: Tensor
}

export interface SlotResult {
  /** [B, H, T, V] */
  readonly y: Tensor
  readonly state: SlotMemory
}

export function slotMemory(batch: number, heads: number, slots: number, keyWidth: number, valueWidth: number) {
  const { memory: keys } = matrixMemory(batch, heads, keyWidth, slots)
  const { memory: values } = matrixMemory(batch, heads, slots, valueWidth)
  return { keys, values }
}

type Pass = (inputs: ValueDecayInputs, memory: { memory: Tensor }, chunk: number) => Recurrence

const twoPasses =
  (first: Pass, second: Pass) =>
  (inputs: SlotInputs, { keys, values }: SlotMemory, chunk = 1): SlotResult => {
    const marks = documentMarks(inputs)
    const { q, k, v } = inputs
    const taken = marks ? where(marks.real, inputs.written, 0) : inputs.written
    const kept = marks ? where(marks.real, where(marks.starts, nothing, inputs.logDecay), 0) : inputs.logDecay
    const scores = first({ q, k, v: taken, logDecay: kept }, { memory: keys }, chunk)
    const weights = softmax(scores.y)
    const read = second({ q: weights, k: taken, v, logDecay: kept }, { memory: values }, chunk)
    return { y: read.y, state: { keys: scores.state.memory, values: read.state.memory } }
  }

export const slotsParallel = twoPasses(
  (inputs, memory) => valueDecayChunked(inputs, memory, chunkLength(inputs.q.shape[2])),
  decayParallel,
)
export const slotsChunked = twoPasses(valueDecayChunked, decayChunked)
export const slotsStep = twoPasses(valueDecayStep, decayStep)

/** 1 − exp(g) of log decays, exact where they are small: what a slot takes when it takes what it lets go. */
export function released(logDecay: Tensor): Tensor {
  // With h = tanh(−g/2): 1 − exp(g) = 2h / (1 + h).
  const h = tanh(mul(logDecay, -0.5))
  return div(mul(h, 2), add(h, 1))
}

/** Before the first token: the logarithm of an empty sum. */
export const emptyTotal = nothing

/**
 * A softmax over the positions so far, kept up to date: for scores [B, H, T, M] and z_t = log Σ_{s≤t} exp(s_s), what is
 * written, exp(s_t − z_t), the log of what is kept, z_{t−1} − z_t, and the last z [B, H, M], from `total`.
 */
export function runningSoftmax(scores: Tensor, total: Tensor, timeline: Timeline) {
  const timeSecond = (t: Tensor) => transpose(t, [0, 2, 1, 3])
  const { ys, memory } = loopOverTime(
    (before: Tensor, score: Tensor) => {
      const after = logAddExp(before, score)
      return { memory: after, y: { written: exp(sub(score, after)), logDecay: sub(before, after) } }
    },
    total,
    timeSecond(scores),
    timeline,
    full(total.shape, emptyTotal),
  )
  return { written: timeSecond(ys.written), logDecay: timeSecond(ys.logDecay), total: memory }
}
