import { type Tensor, unsqueeze } from '../../engine/index.js'
import { decayChunked } from '../decay.js'
import { type ChunkOptions, chunkOf, emptyMemory, scaled } from './options.js'

/**
 * Gated linear attention, S_t = diag(exp g_t) S_{t−1} + k_t v_tᵀ and o_t = scale · S_tᵀ q_t, in chunks.
 *
 * q, k and the log decays g ≤ 0 [B, H, T, K], v [B, H, T, V]; returns [B, H, T, V].
 * Yang et al. 2023, arXiv:2312.06635, equation 3 and section 4.3.
 */
export function gla(q: Tensor, k: Tensor, v: Tensor, logDecay: Tensor, options: ChunkOptions = {}): Tensor {
  const chunk = chunkOf('gla', options)
  return decayChunked({ q: scaled(q, options), k, v, logDecay }, emptyMemory(k, v), chunk).y
}

/**
 * Gated linear attention with one decay a head, S_t = exp(g_t) S_{t−1} + k_t v_tᵀ: the log decays g ≤ 0 are [B, H, T],
 * the rest is as for {@link gla}. Dao and Gu 2024, arXiv:2405.21060, section 6.
 */
export function simpleGla(q: Tensor, k: Tensor, v: Tensor, logDecay: Tensor, options: ChunkOptions = {}): Tensor {
  return gla(q, k, v, unsqueeze(logDecay, 3), options)
}
