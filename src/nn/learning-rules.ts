/**
 * How weights that are learned at test time follow from the gradients of the tokens of a mini-batch: plain steps, and
 * steps with momentum and forgetting. Both as what one token does, and as what all tokens of a window amount to.
 */
import {
  add,
  cumulativeSum,
  exp,
  full,
  matmul,
  mul,
  slice,
  squeeze,
  sub,
  type Tensor,
  type TensorLike,
  sum as total,
  transpose,
  tril,
  where,
} from '../engine/index.js'
import type { Weights } from './inner-network.js'
import { spanSums } from './spans.js'
import type { LearningRule } from './test-time-learning.js'

export interface DescentSteps {
  /** η_t: step of each token. */
  readonly rate: Tensor
  /** i_t, by place in the mini-batch. */
  readonly index: Tensor
}

/** W_t = W' − i_t Σ_{s ≤ t} η_s ∇ℓ_s over the mini-batch, at whose end i is `last`. */
export function descent(last: TensorLike): LearningRule<DescentSteps> {
  const minus = (weights: Weights, factor: TensorLike, sum: Weights) =>
    weights.map((matrix, layer) => sub(matrix, mul(sum[layer], factor)))
  return {
    sets: descentSets,
    learn: ({ start, sum }, gradient, { rate }) => ({
      start,
      sum: sum.map((before, layer) => add(before, mul(rate, gradient[layer]))),
    }),
    read: ({ start, sum }, { index }) => minus(start, index, sum),
    close: ({ start, sum }, ends) => ({
      start: choose(ends, minus(start, last, sum), start),
      sum: sum.map((whole) => where(ends, 0, whole)),
    }),
    plan: ({ rate, index }) => ({
      reads: { start: full(index.shape, 1), sum: mul(index, -1) },
      own: tril(matmul(index, rate, { transposeB: true })),
      keeps: { sum: { sum: full([...rate.shape.slice(0, -2), 1, 1], 1) } },
      writes: { sum: mul(rate, -1) },
    }),
  }
}
export const descentSets = { start: 'weights', sum: 'changes' } as const

/** Logarithms at most 0, so that products over spans are exact however strong. */
export interface MomentumSteps {
  /** θ_t: step of each token. */
  readonly rate: Tensor
  /** log η_t: what is kept of the last step. */
  readonly logMomentum: Tensor
  /** log (1 − α_t): what is kept of the weights. */
  readonly logKept: Tensor
}

/** S_t = η_t S_{t−1} − θ_t ∇ℓ_t, W_t = (1 − α_t) W_{t−1} + S_t. */
export const momentumDescent: LearningRule<MomentumSteps> = {
  sets: { start: 'fading weights', weights: 'fading weights', momentum: 'changes' },
  learn({ start, weights, momentum }, gradient, { rate, logMomentum, logKept }) {
    const steps = momentum.map((step, layer) => sub(mul(exp(logMomentum), step), mul(rate, gradient[layer])))
    return {
      start,
      weights: weights.map((matrix, layer) => add(mul(exp(logKept), matrix), steps[layer])),
      momentum: steps,
    }
  },
  read: ({ weights }) => weights,
  close: ({ start, weights, momentum }, ends) => ({ start: choose(ends, weights, start), weights, momentum }),
  plan({ rate, logMomentum, logKept }, real) {
    // Row t, column s: what is left at t of what came at s.
    const left = (log: Tensor) => tril(exp(spanSums(squeeze(log, -1))))
    const since = (log: Tensor) => exp(cumulativeSum(log, -2))
    // A token that is not there adds no momentum to the weights.
    const added = where(transpose(real), left(logKept), 0)
    const ofStep = mul(left(logMomentum), transpose(rate))
    const own = matmul(added, ofStep)
    const fromMomentum = matmul(added, since(logMomentum))
    const last = (x: Tensor) => slice(x, -2, -1)
    const whole = (log: Tensor) => exp(total(log, -2, { keep: true }))
    return {
      reads: { weights: since(logKept), momentum: fromMomentum },
      own,
      keeps: {
        weights: { weights: whole(logKept), momentum: last(fromMomentum) },
        momentum: { momentum: whole(logMomentum) },
      },
      writes: { weights: transpose(last(own)), momentum: transpose(last(ofStep)) },
    }
  },
}

function choose(ends: Tensor, a: Weights, b: Weights): Weights {
  return a.map((matrix, layer) => where(ends, matrix, b[layer]))
}
