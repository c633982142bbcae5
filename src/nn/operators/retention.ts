import { broadcastTo, constant, type Tensor } from '../../engine/index.js'
import { decayChunked } from '../decay.js'
import { type ChunkOptions, chunkOf, emptyMemory, scaled } from './options.js'

/** What each head of a retention keeps per token, γ_h = 1 − 2^(−5−h): arXiv:2307.08621, equation 8. */
export function retentionDecays(heads: number): number[] {
  return Array.from({ length: heads }, (_, h) => 1 - 2 ** (-5 - h))
}

/** Logarithms of decays by head, for T tokens of B rows: [B, H, T, 1]. */
export function headLogDecays(decays: readonly number[], B: number, T: number): Tensor {
  const H = decays.length
  return broadcastTo(constant(Float64Array.from(decays, Math.log), [1, H, 1, 1]), [B, H, T, 1])
}

/**
 * Retention, S_t = γ_h S_{t−1} + k_t v_tᵀ and o_t = scale · S_tᵀ q_t with a constant γ_h per head, in chunks. `decays`
 * are other γ than {@link retentionDecays}; of 1, it is linear attention.
 *
 * q, k [B, H, T, K], v [B, H, T, V]; returns [B, H, T, V]. Sun et al. 2023, arXiv:2307.08621, equations 5 to 7.
 */
export function retention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { decays = retentionDecays(q.shape[1]), ...options }: ChunkOptions & { decays?: readonly number[] } = {},
): Tensor {
  const chunk = chunkOf('retention', options)
  const logDecay = headLogDecays(decays, q.shape[0], q.shape[2])
  return decayChunked({ q: scaled(q, options), k, v, logDecay }, emptyMemory(k, v), chunk).y
}
