/** Rotary position embedding: Su et al. 2021, arXiv:2104.09864, equations 14 and 34, halves paired as most code does. */
import { add, cast, concat, constant, cos, mul, sin, split, sub, type Tensor, unsqueeze } from '../engine/index.js'
import { type RotaryScaling, rotaryRates } from './rotary-scaling.js'

/** Rotates [B, H, T, D] by positions [B, T] (i32); angle of pair i is position · base^(−2i/D), where nothing scales it. */
export function rotary(x: Tensor, positions: Tensor, base = 10_000, scaling?: RotaryScaling): Tensor {
  const { rates, amplitude } = rotaryRates(x.shape[x.rank - 1], base, scaling)
  const angles = unsqueeze(mul(unsqueeze(cast(positions, 'f32'), -1), constant(Float32Array.from(rates))), 1)
  const [c, s] = [cos(angles), sin(angles)].map((t) => (amplitude === 1 ? t : mul(t, amplitude)))
  const [first, second] = split(x, 2, -1)
  return concat([sub(mul(first, c), mul(second, s)), add(mul(first, s), mul(second, c))], -1)
}

/** Rotates the first `width` of the D features, and leaves the rest. */
export function partlyRotary(x: Tensor, positions: Tensor, width: number, base?: number, scaling?: RotaryScaling) {
  const D = x.shape[x.rank - 1]
  if (width === D) return rotary(x, positions, base, scaling)
  const [turned, kept] = split(x, [width, D - width], -1)
  return concat([rotary(turned, positions, base, scaling), kept], -1)
}
