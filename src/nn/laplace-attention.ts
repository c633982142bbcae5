/** Attention that weighs each token by itself: Ma et al. 2022, arXiv:2209.10655, equation 16. */
import {
  add,
  broadcastTo,
  cast,
  concat,
  div,
  erf,
  greaterEqual,
  matmul,
  mul,
  name,
  sub,
  sum,
  type Tensor,
  where,
} from '../engine/index.js'
import type { Past } from './attention.js'

/** Σ_s w_s v_s with w = ½(1 + erf((q·k / n − √½) √(2π))) for the n tokens that the biases leave visible; shapes as in attend. */
export function attendByLaplace(q: Tensor, k: Tensor, v: Tensor, bias: Tensor, past: Past): Tensor {
  const scores = [past.keys, k].map((keys) => matmul(q, keys, { transposeB: true }))
  const hidden = [past.bias, bias].map((part, index) => broadcastTo(part, scores[index].shape))
  const visible = greaterEqual(concat(hidden, 3), 0)
  const share = div(concat(scores, 3), sum(cast(visible, 'f32'), 3, { keep: true }))
  const weights = mul(add(erf(mul(sub(share, Math.SQRT1_2), Math.sqrt(2 * Math.PI))), 1), 0.5)
  return matmul(name(where(visible, weights, 0), 'attention'), concat([past.values, v], 2))
}
