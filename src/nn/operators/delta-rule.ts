import { type Tensor, unsqueeze } from '../../engine/index.js'
import { deltaChunked } from '../delta.js'
import { type ChunkOptions, chunkOf, emptyMemory, scaled } from './options.js'

/**
 * The delta rule, S_t = S_{t−1} + β_t k_t (v_t − S_{t−1}ᵀ k_t)ᵀ and o_t = scale · S_tᵀ q_t, in chunks. Keys are used as
 * given: with |k| = 1 and β in [0, 2] the state cannot grow.
 *
 * q, k [B, H, T, K], v [B, H, T, V], beta [B, H, T]; returns [B, H, T, V].
 * Yang et al. 2024, arXiv:2406.06484, section 2.2 and 3.2.
 */
export function deltaRule(q: Tensor, k: Tensor, v: Tensor, beta: Tensor, options: ChunkOptions = {}): Tensor {
  const chunk = chunkOf('deltaRule', options)
  return deltaChunked({ q: scaled(q, options), k, v, beta: unsqueeze(beta, 3) }, emptyMemory(k, v), chunk).y
}
