/**
 * S4: for each channel a state space whose matrix is HiPPO's, normal plus low rank, so that its long convolution is cheap.
 *
 *   h' = A h + B u,  A = Λ − P P*                          bilinear rule, step Δ per channel
 *   h_t = Ā h_{t−1} + B̄ u_t,  y_t = 2 Re(C h_t)           state [B, d, 2N]: real and imaginary parts of N pairs
 *   K̂(ω) = 2/(1+ω) · C̃ (2(1−ω)/(Δ(1+ω)) − A)⁻¹ B           at the roots of unity, C̃ = C (I − Ā^L); K its inverse FFT
 *   out = GLU(gelu(y + D u))
 *
 * Gu et al. 2021, arXiv:2111.00396: theorem 1 (start: HiPPO-LegS), section 3 and appendix C (Woodbury and the Cauchy
 * kernel). Two things follow later accounts: P* stands where the paper has a Q* of its own, which keeps A stable (Goel et
 * al. 2022, arXiv:2202.09729), and C is the parameter instead of C̃, as calls may have any length; Λ, P, B are shared by
 * the channels, C and Δ are not. Packed documents take the recurrence. Cost a layer: O(d (T log T + T N + N³ log T)).
 * Recipe: AdamW, rate 1e-3 at d = 256, no decay on Λ, P, B and Δ.
 */
import { z } from 'zod'
import { exp, name, neg } from '../../engine/index.js'
import { normalLegendre } from '../../nn/hippo.js'
import { filled, gaussian, listed } from '../../nn/initializers.js'
import { logSteps, runSystem } from '../../nn/linear-system.js'
import { lowRankSystem } from '../../nn/low-rank-state.js'
import { parameter } from '../../nn/parameter.js'
import { stateSpaceOutput } from '../../nn/state-space-layer.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, startingSteps } from '../settings.js'

const config = z.object({
  modes: count.default(32).describe('N: conjugate pairs per channel; HiPPO’s matrix has 2N rows'),
  ...startingSteps,
})
type Config = z.infer<typeof config> & Frame

export const s4 = defineMixer({
  id: 's4',
  family: 'state-space',
  citation: {
    title: 'Efficiently Modeling Long Sequences with Structured State Spaces',
    authors: 'Gu, Goel and Ré',
    year: 2021,
    arxiv: '2111.00396',
    equations: 'theorem 1, section 3, appendix C',
  },
  summary: 'A state space per channel that starts as HiPPO’s memory; its long convolution comes from a Cauchy kernel.',
  config,
  causal: true,
  cost: 'quasilinear',

  parameters: (c: Config) => {
    const { frequencies, lowRank, input } = normalLegendre(c.modes)
    const shared = (values: Float64Array) => parameter([c.modes], listed([...values]), { decay: false })
    return {
      logStep: parameter([c.dim, 1], logSteps(c.smallestStep, c.largestStep), { decay: false }),
      logDecay: parameter([c.modes], filled(Math.log(0.5)), { decay: false }),
      frequency: shared(frequencies),
      lowRank: { re: shared(lowRank.re), im: shared(lowRank.im) },
      write: { re: shared(input.re), im: shared(input.im) },
      read: {
        re: parameter([c.dim, c.modes], gaussian(Math.SQRT1_2)),
        im: parameter([c.dim, c.modes], gaussian(Math.SQRT1_2)),
      },
      output: stateSpaceOutput(c.dim, c.bias),
    }
  },

  state: (c: Config, { batch }) => ({
    hidden: { shape: [batch, c.dim, 2 * c.modes], dtype: 'f32', change: 'replace' },
  }),

  project: (_, x) => ({ x }),

  parallel({ x }, { hidden }, { p, context }) {
    const { lowRank, write, read } = p
    const diagonal = { re: neg(exp(p.logDecay)), im: p.frequency }
    const system = lowRankSystem({ diagonal, lowRank, write, read, step: name(exp(p.logStep), 'step') })
    const { y, state } = runSystem(system, x, hidden, context)
    return { y, state: { hidden: state } }
  },

  output: (p, y, { x }) => p.output(y, x),
})
