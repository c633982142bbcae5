/** Attention with linear biases: Press et al. 2022, arXiv:2108.12409, section 3. */
import { cast, constant, mul, reshape, sub, type Tensor, unsqueeze } from '../engine/index.js'

/** −m_h (t − s) for queries at positions t [B, T] and keys at s [B, S] (i32): [B, H, T, S]. */
export function alibi(heads: number, queries: Tensor, keys: Tensor): Tensor {
  const behind = unsqueeze(cast(sub(unsqueeze(keys, 1), unsqueeze(queries, 2)), 'f32'), 1)
  return mul(reshape(constant(alibiSlopes(heads)), [1, heads, 1, 1]), behind)
}

/**
 * m_h of each head: 2^{−8 h / H}, h from 1, where H is a power of two; else those of the power below H, and then every
 * other one of twice that, as in the authors' code.
 */
export function alibiSlopes(heads: number): number[] {
  const whole = 2 ** Math.floor(Math.log2(heads))
  const slope = (h: number, of: number) => 2 ** ((-8 * h) / of)
  return Array.from({ length: heads }, (_, h) =>
    h < whole ? slope(h + 1, whole) : slope(2 * (h - whole) + 1, 2 * whole),
  )
}
