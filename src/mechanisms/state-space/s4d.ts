/**
 * S4D: a diagonal state space for each channel, run as a long convolution or token by token.
 *
 *   h' = A h + u,  Ā = exp(ΔA), B̄ = A⁻¹(Ā − 1)         zero-order hold; or bilinear
 *   h_t = Ā ∘ h_{t−1} + B̄ u_t                            state [B, d, N] re and im: N conjugate pairs, constant in T
 *   y_t = 2 Re Σ C ∘ h_t,  kernel K_t = 2 Re Σ C Āᵗ B̄    out = GLU(gelu(y + D u))
 *
 * Gu et al. 2022, arXiv:2206.11893: section 3 (discretisation, kernel, real parts −exp; B stays 1, as it only scales
 * C), section 4 (S4D-Lin: A_n = −½ + iπn; S4D-Inv: −½ + i (2N/π)(2N/(2n+1) − 1)). The kernel's powers come
 * from two short tables by a matrix product, not from a [d, N, T] Vandermonde matrix. Packed documents take the
 * recurrence. Cost a layer: O(d (T log T + T N)). Recipe: AdamW, rate 1e-3 at d = 256, no decay on A and Δ.
 */
import { z } from 'zod'
import { exp, mul, name, neg } from '../../engine/index.js'
import { diagonalSystem, discretized, type Modes } from '../../nn/diagonal-state.js'
import { filled, gaussian, listed } from '../../nn/initializers.js'
import { logSteps, runSystem } from '../../nn/linear-system.js'
import { parameter } from '../../nn/parameter.js'
import { stateSpaceOutput } from '../../nn/state-space-layer.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, startingSteps } from '../settings.js'

const config = z.object({
  modes: count.default(32).describe('N: conjugate pairs of state per channel'),
  start: z.enum(['lin', 'inv']).default('lin').describe('frequencies at the start: evenly spaced, or as HiPPO’s'),
  discretization: z.enum(['zoh', 'bilinear']).default('zoh'),
  ...startingSteps,
})
type Config = z.infer<typeof config> & Frame

function frequencies({ modes, start }: Config): number[] {
  const N = 2 * modes
  return Array.from({ length: modes }, (_, n) =>
    start === 'lin' ? Math.PI * n : (N / Math.PI) * (N / (2 * n + 1) - 1),
  )
}

export const s4d = defineMixer({
  id: 's4d',
  family: 'state-space',
  citation: {
    title: 'On the Parameterization and Initialization of Diagonal State Space Models',
    authors: 'Gu et al.',
    year: 2022,
    arxiv: '2206.11893',
    equations: 'section 3, section 4',
  },
  summary: 'A diagonal state space per channel: a convolution as long as the text, or a small recurrence.',
  config,
  causal: true,
  cost: 'quasilinear',

  parameters: (c: Config) => ({
    logStep: parameter([c.dim, 1], logSteps(c.smallestStep, c.largestStep), { decay: false }),
    logDecay: parameter([c.dim, c.modes], filled(Math.log(0.5)), { decay: false }),
    frequency: parameter([c.dim, c.modes], listed(frequencies(c)), { decay: false }),
    readRe: parameter([c.dim, c.modes], gaussian(Math.SQRT1_2)),
    readIm: parameter([c.dim, c.modes], gaussian(Math.SQRT1_2)),
    output: stateSpaceOutput(c.dim, c.bias),
  }),

  state: (c: Config, { batch }) => {
    const leaf = { shape: [batch, c.dim, c.modes], dtype: 'f32', change: 'replace' } as const
    return { re: leaf, im: leaf }
  },

  project: (_, x) => ({ x }),

  parallel({ x }, state, { p, config: c, context }) {
    const A = { re: neg(exp(p.logDecay)), im: p.frequency }
    const { kept, written } = discretized(A, name(exp(p.logStep), 'step'), c.discretization)
    const system = diagonalSystem({ kept, written, read: { re: mul(p.readRe, 2), im: mul(p.readIm, 2) } })
    const { y, state: last } = runSystem<Modes>(system, x, state, context)
    return { y, state: { re: last.re, im: last.im! } }
  },

  output: (p, y, { x }) => p.output(y, x),
})
