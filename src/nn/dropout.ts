/** Dropout: Srivastava et al. 2014. */
import { mul, type Tensor, where } from '../engine/index.js'
import { bernoulli } from '../engine/operators/random.js'

/** Zeroes a share of the values and scales the rest to the same mean. */
export function dropout(x: Tensor, share: number, key: Tensor | undefined): Tensor {
  if (share === 0 || key === undefined) return x
  return where(bernoulli(key, 1 - share, x.shape), mul(x, 1 / (1 - share)), 0)
}
