/** Relative positions for linear attention: features whose products hold cos(θ (t − s)). */
import { cast, concat, cos, mul, reshape, sin, type Tensor, unsqueeze } from '../engine/index.js'
import { listed } from './initializers.js'
import { type Layer, layer, parameter } from './parameter.js'

/** x [B, H, T, K] at positions [B, T] to [B, H, T, 2K]. */
export type LinearPositions = (x: Tensor, positions: Tensor) => Tensor

/**
 * x cos θt and x sin θt side by side, with learned angles θ that start geometric: Σ_d q_td k_sd cos(θ_d (t − s)). Qin et
 * al. 2023, arXiv:2307.09270 (LRPE), the real part of its unitary form.
 */
export function linearPositions(heads: number, width: number): Layer<LinearPositions> {
  const starting = listed(Array.from({ length: width }, (_, d) => 10_000 ** (-d / width)))
  return layer({ angles: parameter([heads, width], starting, { decay: false }) }, ({ angles }) => (x, positions) => {
    const [B, T] = positions.shape
    const angle = mul(reshape(cast(positions, 'f32'), [B, 1, T, 1]), unsqueeze(angles, 1))
    return concat([mul(x, cos(angle)), mul(x, sin(angle))], -1)
  })
}
