/**
 * minGRU: a gated recurrent unit whose gate and candidate see the input alone, so that a sequence needs no loop.
 *
 *   z_t = sigmoid(x_t W_z)                    how much of the state is replaced
 *   n_t = g(x_t W_h)                          g(u) = u + ½ above 0, sigmoid(u) below: positive and continuous
 *   h_t = (1 − z_t) ∘ h_{t−1} + z_t ∘ n_t     state [B, E], constant in T
 *
 * Feng et al. 2024, arXiv:2410.01201, section 3.1, with the g of appendix B, which its experiments use because their
 * scan works on logarithms; the scan here does not, so `positive` false gives section 3.1 as it stands. Cost a layer:
 * O(T d E). Recipe: AdamW, rate 1e-3 at d = 256; the authors put a convolution of 4 tokens before and an MLP after it.
 */
import { z } from 'zod'
import { mul, name, sigmoid, sub } from '../../engine/index.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { positivePart } from '../../nn/positive.js'
import { elementwiseRecurrence } from '../../nn/recurrence.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count } from '../settings.js'

const config = z.object({
  expand: count.max(8).default(1).describe('numbers in the state as a multiple of the model width'),
  positive: z.boolean().default(true).describe('candidates above 0, by g'),
})
type Config = z.infer<typeof config> & Frame

export const minGru = defineMixer({
  id: 'min-gru',
  family: 'recurrent',
  citation: {
    title: 'Were RNNs All We Needed?',
    authors: 'Feng et al.',
    year: 2024,
    arxiv: '2410.01201',
    equations: 'section 3.1, appendix B',
  },
  summary: 'A gated recurrent net without recurrent weights: each token decides how much of the state it replaces.',
  config,
  causal: true,

  parameters: ({ dim, bias, expand }: Config) => ({
    gate: linear(dim, dim * expand, { bias }),
    candidate: linear(dim, dim * expand, { bias }),
    output: linear(dim * expand, dim, { bias }),
  }),

  state: ({ dim, expand }: Config, { batch }) => ({
    hidden: { shape: [batch, dim * expand], dtype: 'f32', change: 'replace' },
  }),

  project(p, x, { config: { positive } }) {
    const [gate, candidate] = applyTogether(x, [p.gate, p.candidate])
    const replaced = name(sigmoid(gate), 'gate')
    return { kept: sub(1, replaced), written: mul(replaced, positive ? positivePart(candidate) : candidate) }
  },

  parallel(update, { hidden }, { context }) {
    const { states, last } = elementwiseRecurrence(update, hidden, context)
    return { y: states, state: { hidden: last } }
  },

  output: (p, y) => p.output(y),
})
