/** Normal distributions whose numbers are independent. */
import { add, exp, mul, square, sub, sum, type Tensor } from '../engine/index.js'

export interface DiagonalGaussian {
  /** […, Z] */
  readonly mean: Tensor
  /** Logarithm of the deviation, […, Z]. */
  readonly log: Tensor
}

/** KL(q ‖ p) in nats, summed over the last axis. */
export function divergence(q: DiagonalGaussian, p: DiagonalGaussian): Tensor {
  const wide = add(exp(mul(sub(q.log, p.log), 2)), mul(square(sub(q.mean, p.mean)), exp(mul(p.log, -2))))
  return sum(add(sub(p.log, q.log), mul(sub(wide, 1), 0.5)), -1)
}
