/**
 * Quasi-recurrent net: gates from a causal convolution over a few tokens, then a recurrence without weights.
 *
 *   Z, F, O = tanh, sigmoid, sigmoid of Σ_{j<k} x_{t−j} W_j + b     a convolution of k tokens
 *   c_t = F_t ∘ c_{t−1} + (1 − F_t) ∘ Z_t                           "fo-pooling"
 *   h_t = O_t ∘ c_t            state: c [B, E] and the last k − 1 tokens, constant in T
 *
 * Bradbury et al. 2016, arXiv:1611.01576, equations 1, 2 and 4, and as the recurrent layers of 2502.00617. Cost a layer:
 * O(T k d E). Recipe: AdamW, rate 1e-3 at d = 256; a filter of 2 tokens.
 */
import { z } from 'zod'
import { concat, mul, name, sigmoid, split, sub, tanh } from '../../engine/index.js'
import { linear } from '../../nn/layers.js'
import { lookBack, pastTokens } from '../../nn/look-back.js'
import { elementwiseRecurrence } from '../../nn/recurrence.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count } from '../settings.js'

const config = z.object({
  expand: count.default(1).describe('numbers in the state as a multiple of the model width'),
  convolution: count.default(2).describe('tokens that the gates see'),
})
type Config = z.infer<typeof config> & Frame

export const qrnn = defineMixer({
  id: 'qrnn',
  family: 'recurrent',
  citation: {
    title: 'Quasi-Recurrent Neural Networks',
    authors: 'Bradbury et al.',
    year: 2016,
    arxiv: '1611.01576',
    equations: '1, 2, 4',
  },
  summary: 'Gates from a convolution over a few tokens, and a recurrence of single channels.',
  config,
  causal: true,

  parameters: ({ dim, bias, expand, convolution }: Config) => ({
    gates: linear(dim * convolution, 3 * dim * expand),
    output: linear(dim * expand, dim, { bias }),
  }),

  state: ({ dim, expand, convolution }: Config, { batch }) => ({
    cell: { shape: [batch, dim * expand], dtype: 'f32', change: 'replace' },
    past: pastTokens(batch, convolution - 1, dim),
  }),

  project: (_, x) => ({ x }),

  parallel({ x }, { cell, past }, { p, config: { convolution }, context }) {
    const tokens = lookBack(x, past, [...Array(convolution).keys()], context)
    const [candidate, forget, output] = split(p.gates(concat(tokens.seen, 2)), 3, 2)
    const kept = name(sigmoid(forget), 'forget')
    const update = { kept, written: mul(sub(1, kept), tanh(candidate)) }
    const { states, last } = elementwiseRecurrence(update, cell, context)
    return { y: mul(sigmoid(output), states), state: { cell: last, past: tokens.past } }
  },

  output: (p, y) => p.output(y),
})
