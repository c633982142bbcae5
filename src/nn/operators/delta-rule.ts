import { type Tensor, unsqueeze } from '../../engine/index.js'
import { type DeltaInputs, deltaChunked } from '../delta.js'
import { type ChunkOptions, chunkOf, emptyMemory, scaled } from './options.js'

/**
 * The delta rule, S_t = S_{t−1} + β_t k_t (v_t − S_{t−1}ᵀ k_t)ᵀ and o_t = scale · S_tᵀ q_t, in chunks. Keys are used as
 * given: with |k| = 1 and β in [0, 2] the state cannot grow.
 *
 * q, k [B, H, T, K], v [B, H, T, V], beta [B, H, T]; returns [B, H, T, V].
 * Yang et al. 2024, arXiv:2406.06484, section 2.2 and 3.2.
 */
export function deltaRule(q: Tensor, k: Tensor, v: Tensor, beta: Tensor, options: ChunkOptions = {}): Tensor {
  return run('deltaRule', { q, k, v, beta }, options)
}

/**
 * The gated delta rule, S' = exp(g_t) S_{t−1}, S_t = S' + β_t k_t (v_t − S'ᵀ k_t)ᵀ and o_t = scale · S_tᵀ q_t, in
 * chunks.
 *
 * q, k [B, H, T, K], v [B, H, T, V], beta and the log decays g ≤ 0 [B, H, T]; returns [B, H, T, V].
 * Yang et al. 2024, arXiv:2412.06464, equation 10 and section 3.3.
 */
export function gatedDeltaRule(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  beta: Tensor,
  logDecay: Tensor,
  options: ChunkOptions = {},
): Tensor {
  return run('gatedDeltaRule', { q, k, v, beta, logDecay: unsqueeze(logDecay, 3) }, options)
}

/**
 * Kimi delta attention, the gated delta rule with a decay per key channel: S' = diag(exp g_t) S_{t−1},
 * S_t = S' + β_t k_t (v_t − S'ᵀ k_t)ᵀ and o_t = scale · S_tᵀ q_t, in chunks.
 *
 * q, k and the log decays g ≤ 0 [B, H, T, K], v [B, H, T, V], beta [B, H, T]; returns [B, H, T, V].
 * Kimi Team 2025, arXiv:2510.26692, equation 1 and section 3.
 */
export function kda(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  logDecay: Tensor,
  beta: Tensor,
  options: ChunkOptions = {},
): Tensor {
  return run('kda', { q, k, v, beta, logDecay }, options)
}

/**
 * Comba, the gated delta rule whose old value is read with a key of its own: S' = exp(g_t) S_{t−1},
 * S_t = S' + β_t k_t (v_t − S'ᵀ p_t)ᵀ and o_t = scale · S_tᵀ q_t, in chunks.
 *
 * q, k, p [B, H, T, K], v [B, H, T, V], beta and the log decays g ≤ 0 [B, H, T]; returns [B, H, T, V].
 * Hu et al. 2025, arXiv:2506.02475, with what its feedback makes of q and p left to the caller.
 */
export function comba(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  p: Tensor,
  beta: Tensor,
  logDecay: Tensor,
  options: ChunkOptions = {},
): Tensor {
  return run('comba', { q, k, v, readKey: p, beta, logDecay: unsqueeze(logDecay, 3) }, options)
}

/** From an empty state; beta [B, H, T]. */
function run(operator: string, inputs: DeltaInputs, options: ChunkOptions): Tensor {
  const chunk = chunkOf(operator, options)
  const { q, k, v, beta } = inputs
  return deltaChunked({ ...inputs, q: scaled(q, options), beta: unsqueeze(beta, 3) }, emptyMemory(k, v), chunk).y
}
