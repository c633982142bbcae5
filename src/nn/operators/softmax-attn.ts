import { iota, mul, type Tensor, unsqueeze } from '../../engine/index.js'
import { attend } from '../attention.js'
import { causalBias } from '../documents.js'
import type { ScaleOption } from './options.js'

/**
 * Causal softmax attention, o_t = Σ_{s≤t} softmax_s(scale · q_t·k_s) v_s.
 *
 * q [B, H, T, K], k [B, Hₖ, T, K], v [B, Hₖ, T, V] with Hₖ dividing H; returns [B, H, T, V].
 * Vaswani et al. 2017, arXiv:1706.03762, equation 1.
 */
export function softmaxAttn(q: Tensor, k: Tensor, v: Tensor, { scale = q.shape[3] ** -0.5 }: ScaleOption = {}): Tensor {
  // attend divides by √K itself.
  const queries = mul(q, scale * Math.sqrt(q.shape[3]))
  return attend(queries, k, v, causalBias({ positions: unsqueeze(iota(q.shape[2]), 0) }))
}
