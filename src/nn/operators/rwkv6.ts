import { reshape, type Tensor } from '../../engine/index.js'
import { bonusChunked } from '../bonus.js'
import { type ChunkOptions, chunkOf, emptyMemory, scaled } from './options.js'

/**
 * The recurrence of RWKV-6, o_t = scale · (S_{t−1} + diag(u) k_t v_tᵀ)ᵀ q_t and S_t = diag(exp w_t) S_{t−1} + k_t v_tᵀ,
 * in chunks: the state is read before it decays, and the token itself counts by the bonus u.
 *
 * q, k and the log decays w ≤ 0 [B, H, T, K], v [B, H, T, V], u [H, K]; returns [B, H, T, V].
 * Peng et al. 2024, arXiv:2404.05892, equation 17.
 */
export function rwkv6(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  logDecay: Tensor,
  bonus: Tensor,
  options: ChunkOptions = {},
): Tensor {
  const chunk = chunkOf('rwkv6', options)
  const [H, K] = bonus.shape
  const inputs = { q: scaled(q, options), k, v, logDecay, bonus: reshape(bonus, [H, 1, K]) }
  return bonusChunked(inputs, emptyMemory(k, v), chunk).y
}
