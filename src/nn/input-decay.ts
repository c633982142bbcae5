/** Decays chosen by the input as in state spaces, for recurrences of matrices. */
import { add, exp, mul, neg, reshape, softplus, type Tensor } from '../engine/index.js'
import { splitHeads } from './heads.js'
import { uniformBetween } from './initializers.js'
import { type Layer, layer, parameter } from './parameter.js'
import { stepOffsets } from './step-size.js'

/**
 * Log decays −A softplus(x + b) of x [B, T, H·N] as [B, H, T, N]: a rate A per head that starts in [1, 16], an offset b
 * per channel whose step size starts log-uniform in [1e-3, 0.1]. Dao and Gu 2024, arXiv:2405.21060.
 */
export function inputDecay(heads: number, channels: number): Layer<(x: Tensor) => Tensor> {
  const parameters = {
    logRate: parameter([heads], (shape, random) => uniformBetween(1, 16)(shape, random).map(Math.log)),
    stepOffset: parameter([heads * channels], stepOffsets(1e-3, 0.1)),
  }
  return layer(parameters, ({ logRate, stepOffset }) => (x) => {
    const rate = reshape(exp(logRate), [heads, 1, 1])
    return neg(mul(splitHeads(softplus(add(x, stepOffset)), heads), rate))
  })
}
