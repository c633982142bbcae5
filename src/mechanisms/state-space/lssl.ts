/**
 * LSSL: for each channel a linear state space with a learned matrix, run as a recurrence or as a convolution.
 *
 *   h' = A h + B u                                        α of the generalised bilinear rule, step Δ per channel, learned
 *   h_t = (I − αΔA)⁻¹ ((I + (1−α)ΔA) h_{t−1} + ΔB u_t)   state [B, d, N], constant in T
 *   y_t = C h_t,  kernel K_t = C Āᵗ B̄ by doubling         out = GLU(gelu(y + D u))
 *
 * Gu et al. 2021, arXiv:2110.13985: section 2 (discretisation), 3.1 (both views), 4 (A learned within the matrices of
 * HiPPO's kind). Here these are the lower triangular −(diag(d) + tril(p qᵀ)), quasiseparable as LegS is, their start,
 * and stable for d > 0; `random` is any lower triangular matrix, started by chance, to compare with. A and B are shared
 * by the channels, as in the authors' code, and each has one output. Where that code ends in a linear map, this has
 * S4's gated unit. Packed documents take the recurrence. Cost a layer: O(d (T log T + N T + N³ log T)). Recipe: AdamW,
 * rate 1e-3 at d = 256, no decay on A, B and Δ.
 */
import { z } from 'zod'
import {
  add,
  div,
  exp,
  matmul,
  mul,
  name,
  neg,
  squeeze,
  tril,
  unitLowerInverse,
  unsqueeze,
} from '../../engine/index.js'
import { matrix } from '../../nn/chunks.js'
import { denseSystem } from '../../nn/dense-state.js'
import { legendreScaled } from '../../nn/hippo.js'
import { gaussian, listed } from '../../nn/initializers.js'
import { logSteps, runSystem } from '../../nn/linear-system.js'
import { parameter } from '../../nn/parameter.js'
import { stateSpaceOutput } from '../../nn/state-space-layer.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, startingSteps } from '../settings.js'

const config = z.object({
  state: count.default(32).describe('N: numbers of state per channel'),
  transition: z.enum(['hippo', 'random']).default('hippo').describe('what A is learned within, and starts as'),
  alpha: z.number().min(0.5).max(1).default(0.5).describe('α: ½ the bilinear rule, 1 Euler’s backward'),
  ...startingSteps,
})
type Config = z.infer<typeof config> & Frame

export const lssl = defineMixer({
  id: 'lssl',
  family: 'state-space',
  citation: {
    title: 'Combining Recurrent, Convolutional, and Continuous-time Models with Linear State-Space Layers',
    authors: 'Gu et al.',
    year: 2021,
    arxiv: '2110.13985',
    equations: 'section 2, section 3.1, section 4',
  },
  summary: 'A linear state space per channel whose matrix and timescale are learned, starting as HiPPO’s memory.',
  config,
  causal: true,
  cost: 'quasilinear',

  parameters(c: Config) {
    const fixed = { decay: false }
    const roots = listed([...legendreScaled(c.state).B.data])
    const hippo = c.transition === 'hippo'
    return {
      logStep: parameter([c.dim, 1], logSteps(c.smallestStep, c.largestStep), fixed),
      logDiagonal: parameter([c.state], listed(Array.from({ length: c.state }, (_, n) => Math.log(n + 1))), fixed),
      rows: hippo ? parameter([c.state, 1], roots, fixed) : undefined,
      columns: hippo ? parameter([1, c.state], roots, fixed) : undefined,
      lower: hippo ? undefined : parameter([c.state, c.state], gaussian(1), fixed),
      write: parameter([c.state], roots, fixed),
      read: parameter([c.dim, c.state], gaussian(1)),
      output: stateSpaceOutput(c.dim, c.bias),
    }
  },

  state: (c: Config, { batch }) => ({
    hidden: { shape: [batch, c.dim, c.state], dtype: 'f32', change: 'replace' },
  }),

  project: (_, x) => ({ x }),

  parallel({ x }, { hidden }, { p, config: c, context }) {
    const step = name(exp(p.logStep), 'step')
    const lower = tril(p.lower ?? mul(p.rows!, p.columns!), -1)
    const diagonal = exp(p.logDiagonal)
    // I − αΔA = E (I + E⁻¹ αΔ L) with E the diagonal part and L strictly lower triangular.
    const scale = mul(step, c.alpha)
    const E = add(mul(scale, diagonal), 1)
    const inverse = div(unitLowerInverse(mul(unsqueeze(div(scale, E), 2), lower)), unsqueeze(E, 1))
    const A = neg(
      add(
        lower,
        mul(
          diagonal,
          matrix(c.state, c.state, (i, j) => Number(i === j)),
        ),
      ),
    )
    const change = mul(matmul(inverse, A), unsqueeze(step, 2))
    const written = mul(squeeze(matmul(inverse, unsqueeze(p.write, 1)), 2), step)
    const run = runSystem(denseSystem({ change, written, read: p.read }), x, hidden, context)
    return { y: run.y, state: { hidden: run.state } }
  },

  output: (p, y, { x }) => p.output(y, x),
})
