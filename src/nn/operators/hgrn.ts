import { exp, linearRecurrence, type Tensor } from '../../engine/index.js'

/**
 * The elementwise gated recurrence, h_t = exp(g_t) ∘ h_{t−1} + x_t, from h_0 = 0.
 *
 * x and the log decays g ≤ 0 [B, T, D]; returns all h, [B, T, D].
 * Qin et al. 2023, arXiv:2311.04823, equation 4, with what its gates make of the input left to the caller.
 */
export function hgrn(x: Tensor, logDecay: Tensor): Tensor {
  return linearRecurrence(exp(logDecay), x, undefined, { axis: 1 })
}
