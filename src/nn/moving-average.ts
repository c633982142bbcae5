/**
 * The multi-dimensional damped moving average of Mega: for each feature h averages of different speeds,
 *   h_t = (1 − α∘δ) ∘ h_{t−1} + α∘β x_t,  x'_t = Σ η ∘ h_t,  α and δ in (0, 1).
 * Ma et al. 2022, arXiv:2209.10655, section 3.1. Published code adds ω ∘ x, which the equations do not. A convolution;
 * packed documents take the recurrence.
 */
import { mul, sigmoid, sub, type Tensor, unsqueeze, where } from '../engine/index.js'
import { diagonalSystem, type Modes } from './diagonal-state.js'
import { isToken } from './documents.js'
import { gaussian, listed } from './initializers.js'
import { runSystem } from './linear-system.js'
import { type Layer, layer, parameter } from './parameter.js'
import type { Timeline } from './recurrence.js'

/** x [B, T, d] and the averages before it [B, d, h] to x' [B, T, d], 0 at padding, and the next averages. */
export type MovingAverage = (x: Tensor, state: Tensor, timeline: Timeline) => { y: Tensor; state: Tensor }

export function movingAverage(width: number, speeds: number): Layer<MovingAverage> {
  const perSpeed = (initial: ReturnType<typeof gaussian>) => parameter([width, speeds], initial, { decay: false })
  const parameters = {
    alpha: perSpeed(gaussian(0.2)),
    delta: perSpeed(gaussian(0.2)),
    beta: perSpeed(listed([1, -1])),
    eta: perSpeed(gaussian(speeds ** -0.5)),
  }
  return layer(parameters, (p) => (x, state, timeline) => {
    const alpha = sigmoid(p.alpha)
    const system = diagonalSystem({
      kept: { re: sub(1, mul(alpha, sigmoid(p.delta))) },
      written: { re: mul(alpha, p.beta) },
      read: { re: p.eta },
    })
    const { y, state: after } = runSystem<Modes>(system, x, { re: state }, timeline)
    const real = isToken(timeline.documents)
    return { y: real ? where(unsqueeze(real, 2), y, 0) : y, state: after.re }
  })
}

export const movingAverageState = (batch: number, width: number, speeds: number) =>
  ({ shape: [batch, width, speeds], dtype: 'f32', change: 'replace' }) as const
