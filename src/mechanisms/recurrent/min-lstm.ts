/**
 * minLSTM: a long short-term memory whose gates and candidate see the input alone, so that a sequence needs no loop.
 *
 *   f_t, i_t = sigmoid(x_t W_f + b), sigmoid(x_t W_i)
 *   f'_t = f_t / (f_t + i_t),  i'_t = 1 − f'_t        gates that share what there is
 *   h_t = f'_t ∘ h_{t−1} + i'_t ∘ g(x_t W_h)          state [B, E], constant in T
 *
 * Feng et al. 2024, arXiv:2410.01201, section 3.2, with the g of appendix B (see min-gru). The share is formed from
 * logarithms, f' = sigmoid(log f − log i), which no gate makes 0 / 0. The forget gate starts open (`forgetBias`), which
 * the paper finds to train faster. Cost a layer: O(T d E). Recipe: AdamW, rate 1e-3 at d = 256.
 */
import { z } from 'zod'
import { add, logSigmoid, mul, name, sigmoid, sub } from '../../engine/index.js'
import { filled } from '../../nn/initializers.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { positivePart } from '../../nn/positive.js'
import { elementwiseRecurrence } from '../../nn/recurrence.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count } from '../settings.js'

const config = z.object({
  positive: z.boolean().default(true).describe('candidates above 0, by g'),
  expand: count.max(8).default(1).describe('numbers in the state as a multiple of the model width'),
  forgetBias: z.number().default(1).describe('where the forget gate starts'),
})
type Config = z.infer<typeof config> & Frame

export const minLstm = defineMixer({
  id: 'min-lstm',
  family: 'recurrent',
  summary: 'A long short-term memory without recurrent weights, whose forget and input gates sum to one.',
  citation: {
    title: 'Were RNNs All We Needed?',
    authors: 'Feng et al.',
    year: 2024,
    arxiv: '2410.01201',
    equations: 'section 3.2, appendix B',
  },
  config,
  causal: true,

  parameters: ({ dim, bias, expand, forgetBias }: Config) => ({
    forget: linear(dim, dim * expand, { bias: false }),
    input: linear(dim, dim * expand, { bias: false }),
    candidate: linear(dim, dim * expand, { bias: false }),
    forgetOffset: parameter([dim * expand], filled(forgetBias)),
    output: linear(dim * expand, dim, { bias }),
  }),

  state: (c: Config, { batch }) => ({ hidden: { shape: [batch, c.dim * c.expand], dtype: 'f32', change: 'replace' } }),

  project(p, x, { config: { positive } }) {
    const [forget, input, candidate] = applyTogether(x, [p.forget, p.input, p.candidate])
    const share = sub(logSigmoid(add(forget, p.forgetOffset)), logSigmoid(input))
    const written = positive ? positivePart(candidate) : candidate
    return { kept: name(sigmoid(share), 'forget'), written: mul(sigmoid(sub(0, share)), written) }
  },

  parallel(update, { hidden }, { context }) {
    const { states, last } = elementwiseRecurrence(update, hidden, context)
    return { y: name(states, 'hidden'), state: { hidden: last } }
  },

  output: (p, y) => p.output(y),
})
