/**
 * RG-LRU, the recurrent block of Griffin: single real channels whose decay is gated, between a short convolution and a
 * gated branch.
 *
 *   u = convolution(x W_x),  r_t = sigmoid(u_t W_r + b),  i_t = sigmoid(u_t W_i + b)
 *   a_t = exp(−e^ρ r_t)                                     e^ρ the rate of each channel
 *   h_t = a_t ∘ h_{t−1} + √(1 − a_t²) ∘ (i_t ∘ u_t)         state h [B, E] and the convolution's last tokens
 *   y_t = (gelu(x_t W_g) ∘ h_t) W_o
 *
 * De et al. 2024, arXiv:2402.19427, equations 1 to 4 and figure 2. The paper learns the rate as −c log sigmoid(Λ) with
 * c = 8; here, unless asked for, its logarithm ρ is learned, because f32 loses what is small behind the 1 of a sigmoid. The root is formed
 * from tanh for the same reason; below 1 − a² = 1e-12 it stays there, so that its slope does. The gates' matrices may
 * be block-diagonal, as in the authors' model. a^c = e^{−e^ρ} starts between 0.9 and 0.999, as the paper says; later
 * code starts a itself there, and takes a first token in full: an option. Cost a layer: O(T d E), state constant
 * in T. Recipe: AdamW, rate 1e-3 at d = 256.
 */
import { z } from 'zod'
import {
  add,
  equal,
  exp,
  logSigmoid,
  maximum,
  mul,
  name,
  sigmoid,
  softplus,
  split,
  sqrt,
  tanh,
  unsqueeze,
  where,
} from '../../engine/index.js'
import { activationNames, activations } from '../../nn/activations.js'
import { blockDiagonal } from '../../nn/block-diagonal.js'
import { uniformBetween, zero } from '../../nn/initializers.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { elementwiseRecurrence } from '../../nn/recurrence.js'
import { shortConvolution, shortConvolutionState } from '../../nn/short-convolution.js'
import { defineMixer, type Frame } from '../mixer.js'
import { blocksOf, count, positive } from '../settings.js'

const config = z.object({
  expand: positive.default(1).describe('channels of the state as a multiple of the model width'),
  convolution: count.default(4).describe('tokens that the convolution sees'),
  blocks: count.default(1).describe('blocks of the matrices of the gates'),
  rate: z.enum(['log', 'softplus']).default('log').describe('what is learned of a rate: ρ, or Λ of 8 softplus(Λ)'),
  firstWhole: z.boolean().default(false).describe('take the first token of a document in full, without the root'),
  activation: z.enum(activationNames).default('gelu').describe('of the gated branch'),
})
type Config = z.infer<typeof config> & Frame

const widthOf = (c: Config) => Math.round(c.dim * c.expand)

export const rgLru = defineMixer({
  id: 'rg-lru',
  family: 'recurrent',
  citation: {
    title: 'Griffin: Mixing Gated Linear Recurrences with Local Attention for Efficient Language Models',
    authors: 'De et al.',
    year: 2024,
    arxiv: '2402.19427',
    equations: '1 to 4, figure 2',
  },
  summary: 'Single real channels with a gated decay, behind a short convolution and beside a gated branch.',
  config,
  causal: true,

  validate: (c: Config) => blocksOf('rg-lru', c.blocks, widthOf(c)),

  parameters(c: Config) {
    const { dim, bias, convolution, blocks, rate } = c
    const width = widthOf(c)
    return {
      input: linear(dim, width, { bias }),
      branch: linear(dim, width, { bias }),
      convolution: shortConvolution(width, convolution),
      gates: blockDiagonal(width, { parts: 2, blocks }),
      gateOffset: parameter([2 * width], zero),
      logRate: parameter([width], (shape, random) =>
        uniformBetween(0.9, 0.999)(shape, random).map((kept) => {
          const e = -Math.log(kept)
          return Math.log(rate === 'log' ? e : Math.expm1(e / 8))
        }),
      ),
      output: linear(width, dim, { bias }),
    }
  },

  state: (c: Config, { batch }) => ({
    hidden: { shape: [batch, widthOf(c)], dtype: 'f32', change: 'replace' },
    past: shortConvolutionState(batch, c.convolution, widthOf(c)),
  }),

  project(p, x) {
    const [input, branch] = applyTogether(x, [p.input, p.branch])
    return { input, branch }
  },

  parallel({ input }, { hidden, past }, { p, config: c, context }) {
    const { y: seen, past: next } = p.convolution(input, past, context)
    const [gate, use] = split(add(p.gates(seen), p.gateOffset), 2, 2)
    const rate =
      c.rate === 'log' ? exp(add(logSigmoid(gate), p.logRate)) : mul(sigmoid(gate), mul(softplus(p.logRate), 8))
    const kept = name(exp(mul(rate, -1)), 'decay')
    // 1 − e^{−2s} = tanh(s) (1 + e^{−2s})
    const root = sqrt(maximum(mul(tanh(rate), add(mul(kept, kept), 1)), 1e-12))
    const room = c.firstWhole ? where(unsqueeze(equal(context.positions, 0), 2), 1, root) : root
    const { states, last } = elementwiseRecurrence(
      { kept, written: mul(room, mul(sigmoid(use), seen)) },
      hidden,
      context,
    )
    return { y: states, state: { hidden: last, past: next } }
  },

  output: (p, y, { branch }, { config: c }) => p.output(mul(y, activations[c.activation](branch))),
})
