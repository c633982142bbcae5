import { add, concat, div, full, split, type Tensor, zeros } from '../../engine/index.js'
import { decayChunked } from '../decay.js'
import { type ChunkOptions, chunkOf, emptyMemory, scaled } from './options.js'

/** Keeps a sum of weights that is exactly zero from dividing by zero. */
const tiny = 1e-10

/**
 * Linear attention, S_t = S_{t−1} + k_t v_tᵀ and o_t = scale · S_tᵀ q_t, in chunks. With `normalize`, each o_t is
 * divided by the sum of its weights, scale · q_t · Σ_{s≤t} k_s: meant for features that make it positive.
 *
 * q, k [B, H, T, K], v [B, H, T, V]; returns [B, H, T, V].
 * Katharopoulos et al. 2020, arXiv:2006.16236, equations 16 to 20.
 */
export function linearAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { normalize = false, ...options }: ChunkOptions & { normalize?: boolean } = {},
): Tensor {
  const chunk = chunkOf('linearAttention', options)
  const [B, H, T, V] = v.shape
  // A column of ones among the values adds up the weights.
  const values = normalize ? concat([v, full([B, H, T, 1], 1)], 3) : v
  const inputs = { q: scaled(q, options), k, v: values, logDecay: zeros([B, H, T, 1]) }
  const { y } = decayChunked(inputs, emptyMemory(k, values), chunk)
  if (!normalize) return y
  const [weighted, total] = split(y, [V, 1], 3)
  return div(weighted, add(total, tiny))
}
