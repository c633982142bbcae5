import { add, concat, div, full, split, type Tensor, zeros } from '../../engine/index.js'
import { decayChunked } from '../decay.js'
import { type ChunkOptions, chunkOf, emptyMemory, scaled } from './options.js'

/** Keeps a sum of weights that is exactly zero from dividing by zero. */
const tiny = 1e-10

/**
 * Linear attention, S_t = S_{t−1} + k_t v_tᵀ and o_t = scale · S_tᵀ q_t, in chunks.
 *
 * q, k [B, H, T, K], v [B, H, T, V]; returns [B, H, T, V].
 * Katharopoulos et al. 2020, arXiv:2006.16236, equations 16 to 20.
 */
export function linearAttn(q: Tensor, k: Tensor, v: Tensor, options: ChunkOptions = {}): Tensor {
  const chunk = chunkOf('linearAttn', options)
  const [B, H, T] = q.shape
  return decayChunked({ q: scaled(q, options), k, v, logDecay: zeros([B, H, T, 1]) }, emptyMemory(k, v), chunk).y
}

/**
 * {@link linearAttn} with each o_t divided by the sum of its weights, scale · q_t · Σ_{s≤t} k_s: meant for features
 * that make it positive.
 */
export function linearAttnNormalized(q: Tensor, k: Tensor, v: Tensor, options: ChunkOptions = {}): Tensor {
  const [B, H, T, V] = v.shape
  // A column of ones among the values adds up the weights.
  const [weighted, total] = split(linearAttn(q, k, concat([v, full([B, H, T, 1], 1)], 3), options), [V, 1], 3)
  return div(weighted, add(total, tiny))
}
