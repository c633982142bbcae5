/**
 * S5: one diagonal state space that all features write to and read from, run by a parallel scan.
 *
 *   h' = Λ h + B u,  Λ̄ = exp(ΔΛ), B̄ = Λ⁻¹(Λ̄ − 1) B       zero-order hold; or bilinear; Δ per mode
 *   h_t = Λ̄ ∘ h_{t−1} + B̄ u_t                               state [B, N] re and im: N conjugate pairs, constant in T
 *   y_t = 2 Re(C h_t) + D ∘ u_t,  out = g ∘ sigmoid(g W) for g = gelu(y)
 *
 * Smith et al. 2022, arXiv:2208.04933, section 3: discretisation, scan, start (the eigenvalues of HiPPO-LegS's normal
 * part, in `blocks` equal blocks – 8 in the authors' code –, with B and C drawn in its basis and then turned: real
 * numbers, in scale with what each reads, where the code draws B by the state's size and a complex C), and the gated
 * activation. The scan takes blocks of 32 by triangles of powers. Packed documents take the recurrence. Cost a layer:
 * O(T N (d + 32)). Recipe: AdamW, rate 1e-3 at d = 256, no decay on Λ and Δ.
 */
import { z } from 'zod'
import {
  add,
  complexMul,
  concat,
  exp,
  gelu,
  matmul,
  mul,
  name,
  neg,
  sigmoid,
  split,
  squeeze,
  type Tensor,
} from '../../engine/index.js'
import { diagonalScan, discretized } from '../../nn/diagonal-state.js'
import { normalInModes, normalLegendre } from '../../nn/hippo.js'
import { filled, gaussian, listed } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { logSteps } from '../../nn/linear-system.js'
import { parameter } from '../../nn/parameter.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, startingSteps } from '../settings.js'

const config = z.object({
  modes: count.default(32).describe('N: conjugate pairs of state'),
  blocks: count.default(1).describe('equal parts of the state, each started as a HiPPO of its own'),
  discretization: z.enum(['zoh', 'bilinear']).default('zoh'),
  ...startingSteps,
})
type Config = z.infer<typeof config> & Frame

export const s5 = defineMixer({
  id: 's5',
  family: 'state-space',
  citation: {
    title: 'Simplified State Space Layers for Sequence Modeling',
    authors: 'Smith, Warrington and Linderman',
    year: 2022,
    arxiv: '2208.04933',
    equations: 'section 3',
  },
  summary: 'One diagonal state space that all features share, run by a parallel scan.',
  config,
  causal: true,

  validate(c: Config) {
    if (c.modes % c.blocks !== 0)
      throw new UserError(`s5: blocks must divide modes ${c.modes}, got ${c.blocks} – use 1 or ${c.modes}`)
  },

  parameters: (c: Config) => ({
    logStep: parameter([c.modes], logSteps(c.smallestStep, c.largestStep), { decay: false }),
    logDecay: parameter([c.modes], filled(Math.log(0.5)), { decay: false }),
    frequency: parameter([c.modes], listed([...normalLegendre(c.modes / c.blocks).frequencies]), { decay: false }),
    write: parameter([2, c.dim, c.modes], normalInModes(c.blocks, c.dim ** -0.5)),
    read: parameter([2, c.dim, c.modes], normalInModes(c.blocks, (2 * c.modes) ** -0.5, { adjoint: true })),
    skip: parameter([c.dim], gaussian(1)),
    gate: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => {
    const leaf = { shape: [batch, c.modes], dtype: 'f32', change: 'replace' } as const
    return { re: leaf, im: leaf }
  },

  project(p, x) {
    const parts = matmul(x, concat(matrices(p.write), 1))
    const [re, im] = split(parts, 2, -1)
    return { x, re, im }
  },

  parallel({ re, im }, state, { p, config: c, context }) {
    const A = { re: neg(exp(p.logDecay)), im: p.frequency }
    const { kept, written } = discretized(A, name(exp(p.logStep), 'step'), c.discretization)
    const { states, last } = diagonalScan(kept, complexMul({ re, im }, written), state, context)
    return { y: concat([states.re, states.im!], -1), state: { re: last.re, im: last.im! } }
  },

  output(p, y, { x }) {
    const [re, im] = matrices(p.read)
    const seen = matmul(y, concat([re, neg(im)], 1), { transposeB: true, scale: 2 })
    const activated = gelu(add(seen, mul(x, p.skip)))
    return mul(activated, sigmoid(p.gate(activated)))
  },
})

/** [2, dim, modes] to the real and the imaginary part. */
const matrices = (pair: Tensor) => split(pair, 2, 0).map((part) => squeeze(part, 0))
