import { full, type Tensor, zeros } from '../../engine/index.js'
import { emptyTotal, runningSoftmax, type SlotInputs, slotsChunked } from '../slots.js'
import { type ChunkOptions, chunkOf, scaled } from './options.js'

/**
 * Gated slot attention, in chunks: M slots that keep exp(g_t) of themselves and take s_t of each token,
 *   K̃_t = diag(exp g_t) K̃_{t−1} + s_t k_tᵀ,  w_t = softmax(scale · K̃_t q_t)
 *   Ṽ_t = diag(exp g_t) Ṽ_{t−1} + s_t v_tᵀ,  o_t = Ṽ_tᵀ w_t
 *
 * q, k [B, H, T, K], v [B, H, T, V], s and the log decays g ≤ 0 [B, H, T, M]; returns [B, H, T, V].
 * Zhang et al. 2024, arXiv:2409.07146, equations 5 to 8.
 */
export function gsa(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  written: Tensor,
  logDecay: Tensor,
  options: ChunkOptions = {},
): Tensor {
  const inputs = { q: scaled(q, options), k, v, written, logDecay }
  return slotsChunked(inputs, emptySlots(inputs), chunkOf('gsa', options)).y
}

/**
 * Attention with bounded memory control: {@link gsa} whose slots each hold a softmax over the positions so far, of
 * scores s: with z_t = log Σ_{r≤t} exp(s_r), it takes exp(s_t − z_t) and keeps exp(z_{t−1} − z_t).
 *
 * q, k [B, H, T, K], v [B, H, T, V], s [B, H, T, M]; returns [B, H, T, V].
 * Peng et al. 2021, arXiv:2110.02488, section 3.
 */
export function abc(q: Tensor, k: Tensor, v: Tensor, scores: Tensor, options: ChunkOptions = {}): Tensor {
  const chunk = chunkOf('abc', options)
  const [B, H, , M] = scores.shape
  const { written, logDecay } = runningSoftmax(scores, full([B, H, M], emptyTotal), {})
  return gsa(q, k, v, written, logDecay, { ...options, chunk })
}

function emptySlots({ k, v, written }: Pick<SlotInputs, 'k' | 'v' | 'written'>) {
  const [B, H, , M] = written.shape
  return { keys: zeros([B, H, k.shape[3], M]), values: zeros([B, H, M, v.shape[3]]) }
}
