/** Optimizers, written in operators: an update is part of the training program. */
import { add, div, mul, sqrt, square, sub, type Tensor } from '../engine/index.js'

/** Numbers of one step, as scalars: fed, because they change with the step. */
export interface StepSizes {
  readonly rate: Tensor
  /** What a decayed parameter is multiplied with: 1 − rate · weight decay. */
  readonly keep: Tensor
  /** Adam's corrections: the rate for its sums, and ε in their units. */
  readonly scaledRate: Tensor
  readonly epsilon: Tensor
}

export interface Optimizer {
  /** Names of the tensors kept beside each parameter, of its shape, starting at zero. */
  readonly moments: readonly string[]
  /** The numbers of step 1, 2, …; computed on the host in double precision. */
  sizes(
    step: number,
    rate: number,
    weightDecay: number,
  ): { rate: number; keep: number; scaledRate: number; epsilon: number }
  update(
    parameter: Tensor,
    gradient: Tensor,
    moments: Readonly<Record<string, Tensor>>,
    sizes: StepSizes,
    decayed: boolean,
  ): { parameter: Tensor; moments: Record<string, Tensor> }
}

/**
 * AdamW: Loshchilov and Hutter 2017, arXiv:1711.05101, algorithm 2. The moments are kept as discounted sums instead of
 * averages, m/(1 − β₁) and v/(1 − β₂), which saves two passes over the parameters; the step sizes make up for it.
 */
export function adamW(beta1 = 0.9, beta2 = 0.99, epsilon = 1e-8): Optimizer {
  return {
    moments: ['first', 'second'],
    sizes(step, rate, weightDecay) {
      const sums = Math.sqrt((1 - beta2) / (1 - beta2 ** step))
      return {
        rate,
        keep: 1 - rate * weightDecay,
        scaledRate: (rate * (1 - beta1)) / (1 - beta1 ** step) / sums,
        epsilon: epsilon / sums,
      }
    },
    update(parameter, gradient, { first, second }, sizes, decayed) {
      const nextFirst = add(mul(first, beta1), gradient)
      const nextSecond = add(mul(second, beta2), square(gradient))
      const change = div(mul(nextFirst, sizes.scaledRate), add(sqrt(nextSecond), sizes.epsilon))
      const kept = decayed ? mul(parameter, sizes.keep) : parameter
      return { parameter: sub(kept, change), moments: { first: nextFirst, second: nextSecond } }
    },
  }
}

/** Gradient descent with momentum: velocity = momentum · velocity + gradient. */
export function sgd(momentum = 0.9): Optimizer {
  return {
    moments: ['velocity'],
    sizes: (_, rate, weightDecay) => ({ rate, keep: 1 - rate * weightDecay, scaledRate: rate, epsilon: 0 }),
    update(parameter, gradient, { velocity }, sizes, decayed) {
      const next = add(mul(velocity, momentum), gradient)
      const kept = decayed ? mul(parameter, sizes.keep) : parameter
      return { parameter: sub(kept, mul(next, sizes.rate)), moments: { velocity: next } }
    },
  }
}

export const optimizers = {
  adamw: () => adamW(),
  sgd: () => sgd(),
} as const
