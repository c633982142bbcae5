import { add, iota, mul, type Tensor, unsqueeze } from '../../engine/index.js'
import { attend } from '../attention.js'
import { causalBias } from '../documents.js'
import { spanSums } from '../spans.js'
import type { ScaleOption } from './options.js'

/**
 * Forgetting attention: causal softmax attention whose scores lose what a forget gate took since,
 * o_t = Σ_{s≤t} softmax_s(scale · q_t·k_s + g_{s+1} + … + g_t) v_s.
 *
 * q, k [B, H, T, K], v [B, H, T, V], log gates g ≤ 0 [B, H, T]; returns [B, H, T, V].
 * Lin et al. 2025, arXiv:2503.02130, equation 5.
 */
export function forgettingAttn(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  logDecay: Tensor,
  { scale = q.shape[3] ** -0.5 }: ScaleOption = {},
): Tensor {
  // attend divides by √K itself.
  const queries = mul(q, scale * Math.sqrt(q.shape[3]))
  const causal = causalBias({ positions: unsqueeze(iota(q.shape[2]), 0) })
  return attend(queries, k, v, add(spanSums(logDecay), causal))
}
