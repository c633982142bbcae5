/** A diagonal state space for each of a number of channels as a layer: its parameters, and the linear system they make. */
import { exp, mul, name, neg } from '../engine/index.js'
import { diagonalSystem, discretized, type Modes } from './diagonal-state.js'
import { filled, gaussian, listed } from './initializers.js'
import { type LinearSystem, logSteps } from './linear-system.js'
import { type Layer, layer, parameter } from './parameter.js'

export interface DiagonalSettings {
  /** N: conjugate pairs of state per channel. */
  readonly modes: number
  /** Δ starts log-uniform between these. */
  readonly smallestStep: number
  readonly largestStep: number
}

/** Starts as S4D-Lin, A_n = −½ + iπn with zero-order hold: Gu et al. 2022, arXiv:2206.11893, section 4. */
export function diagonalLayer(channels: number, c: DiagonalSettings): Layer<LinearSystem<Modes>> {
  const perMode = [channels, c.modes]
  const frequencies = Array.from({ length: c.modes }, (_, n) => Math.PI * n)
  const parameters = {
    logStep: parameter([channels, 1], logSteps(c.smallestStep, c.largestStep), { decay: false }),
    logDecay: parameter(perMode, filled(Math.log(0.5)), { decay: false }),
    frequency: parameter(perMode, listed(frequencies), { decay: false }),
    readRe: parameter(perMode, gaussian(Math.SQRT1_2)),
    readIm: parameter(perMode, gaussian(Math.SQRT1_2)),
  }
  return layer(parameters, ({ logStep, logDecay, frequency, readRe, readIm }) => {
    const A = { re: neg(exp(logDecay)), im: frequency }
    const { kept, written } = discretized(A, name(exp(logStep), 'step'), 'zoh')
    return diagonalSystem({ kept, written, read: { re: mul(readRe, 2), im: mul(readIm, 2) } })
  })
}
