/**
 * Mamba: a diagonal state space whose step size, input map and output map are chosen by the input.
 *
 *   x, z = u_t W,  x ← swish(short convolution of x)
 *   Δ_t = softplus(x_t W₁ W₂ + b),  B_t, C_t = x_t W_B, x_t W_C
 *   h_t = exp(Δ_t A) ∘ h_{t−1} + B_t ⊗ Δ_t x_t       state [B, N, E] and the convolution's last tokens, constant in T
 *   y_t = C_t h_t + D ∘ x_t,  out_t = (y_t ∘ swish(z_t)) W_o
 *
 * Gu and Dao 2023, arXiv:2312.00752: algorithm 2, section 3.4 (block), section 3.6 (starting values). Eigenvalues in
 * [−1, 1] as 2 exp(Δ A) − 1: Grazzi et al. 2024, arXiv:2411.12537, section 4.3. Cost a layer: O(T E N), one token after
 * the other. Recipe: AdamW, rate 1e-3 at d = 256; A = −(1 … N) for every channel, Δ log-uniform in [1e-3, 0.1].
 */
import { z } from 'zod'
import { add, exp, matmul, mul, name, neg, silu, softplus, transpose } from '../../engine/index.js'
import { activations, activationsBeforeMemory } from '../../nn/activations.js'
import { fanIn, listed, one } from '../../nn/initializers.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { selectiveScan } from '../../nn/selective-scan.js'
import { shortConvolution, shortConvolutionState } from '../../nn/short-convolution.js'
import { stepOffsets } from '../../nn/step-size.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, positive } from '../settings.js'

const config = z.object({
  expand: positive.default(2).describe('inner width as a multiple of the model width'),
  state: count.default(16).describe('N: numbers of state per channel'),
  stepRank: count.optional().describe('rank of the map that makes the step sizes; a sixteenth of the width by default'),
  convolution: count.default(4).describe('tokens that the convolution sees'),
  convolutionOffset: z.boolean().default(true).describe('an offset in the convolution'),
  innerNorms: z.boolean().default(false).describe('normalise what makes Δ, B and C: arXiv:2403.19887'),
  innerScales: z.boolean().default(true).describe('with scales of their own'),
  innerEpsilon: positive.optional().describe('added to the variance there; the model’s by default'),
  activation: z.enum(activationsBeforeMemory).default('silu').describe('behind the convolution'),
  eigenvalues: z.enum(['[0,1]', '[-1,1]']).default('[0,1]').describe('range of the state transition’s eigenvalues'),
})
type Config = z.infer<typeof config> & Frame

const inner = (c: Config) => Math.round(c.dim * c.expand)
const rank = (c: Config) => c.stepRank ?? Math.ceil(c.dim / 16)
const innerNorm = (c: Config, width: number) =>
  c.innerNorms ? norm(c.innerScales ? 'rms' : 'rms-plain', width, c.innerEpsilon ?? c.epsilon) : undefined

export const mamba = defineMixer({
  id: 'mamba',
  family: 'state-space',
  citation: {
    title: 'Mamba: Linear-Time Sequence Modeling with Selective State Spaces',
    authors: 'Gu and Dao',
    year: 2023,
    arxiv: '2312.00752',
    equations: 'algorithm 2, section 3.4, section 3.6',
  },
  summary: 'A diagonal state space that chooses, token by token, what to remember and for how long.',
  config,
  causal: true,

  parameters: (c: Config) => ({
    input: linear(c.dim, inner(c), { bias: c.bias }),
    gate: linear(c.dim, inner(c), { bias: c.bias }),
    convolution: shortConvolution(inner(c), c.convolution, { bias: c.convolutionOffset }),
    stepDown: linear(inner(c), rank(c), { bias: false }),
    stepUp: parameter([rank(c), inner(c)], fanIn(rank(c))),
    stepOffset: parameter([inner(c)], stepOffsets(1e-3, 0.1)),
    stepNorm: innerNorm(c, rank(c)),
    write: linear(inner(c), c.state, { bias: false }),
    writeNorm: innerNorm(c, c.state),
    read: linear(inner(c), c.state, { bias: false }),
    readNorm: innerNorm(c, c.state),
    logRate: parameter([inner(c), c.state], listed(Array.from({ length: c.state }, (_, n) => Math.log(n + 1))), {
      decay: false,
    }),
    skip: parameter([inner(c)], one),
    output: linear(inner(c), c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => ({
    hidden: { shape: [batch, c.state, inner(c)], dtype: 'f32', change: 'replace' },
    past: shortConvolutionState(batch, c.convolution, inner(c)),
  }),

  project(p, x) {
    const [input, gate] = applyTogether(x, [p.input, p.gate])
    return { input, gate }
  },

  parallel({ input, gate }, { hidden, past }, { p, config: c, context }) {
    const { y: convolved, past: next } = p.convolution(input, past, context)
    const x = activations[c.activation](convolved)
    const maps = applyTogether(x, [p.stepDown, p.write, p.read])
    const [low, write, read] = maps.map((t, i) => [p.stepNorm, p.writeNorm, p.readNorm][i]?.(t) ?? t)
    const delta = name(softplus(add(matmul(low, p.stepUp), p.stepOffset)), 'delta')
    const rate = neg(exp(transpose(p.logRate)))
    const selection = { delta, input: mul(delta, x), write, read, rate, signed: c.eigenvalues === '[-1,1]' }
    const { ys, last } = selectiveScan(selection, hidden, context)
    return { y: mul(add(ys, mul(x, p.skip)), silu(gate)), state: { hidden: last, past: next } }
  },

  output: (p, y) => p.output(y),
})
