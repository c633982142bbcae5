/** Rotary position embedding: Su et al. 2021, arXiv:2104.09864, equations 14 and 34, halves paired as most code does. */
import { add, cast, concat, constant, cos, mul, sin, split, sub, type Tensor, unsqueeze } from '../engine/index.js'

/** Rotates [B, H, T, D] by positions [B, T] (i32); angle of pair i is position · base^(−2i/D). */
export function rotary(x: Tensor, positions: Tensor, base = 10_000): Tensor {
  const D = x.shape[x.rank - 1]
  const rates = constant(Float32Array.from({ length: D / 2 }, (_, i) => base ** ((-2 * i) / D)))
  const angles = unsqueeze(mul(unsqueeze(cast(positions, 'f32'), -1), rates), 1)
  const [c, s] = [cos(angles), sin(angles)]
  const [first, second] = split(x, 2, -1)
  return concat([sub(mul(first, c), mul(second, s)), add(mul(first, s), mul(second, c))], -1)
}

/** Rotates the first `width` of the D features, and leaves the rest. */
export function partlyRotary(x: Tensor, positions: Tensor, width: number, base?: number): Tensor {
  const D = x.shape[x.rank - 1]
  if (width === D) return rotary(x, positions, base)
  const [turned, kept] = split(x, [width, D - width], -1)
  return concat([rotary(turned, positions, base), kept], -1)
}
