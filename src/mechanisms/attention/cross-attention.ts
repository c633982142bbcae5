/**
 * Attention to another sequence: every token of a decoder reads a mixture of all tokens that an encoder read.
 *
 *   o_t = Σ_s softmax_s(q_t · k_s / √D) v_s,   q = x W_q of the decoder, k = e W_k and v = e W_v of the encoder's features e
 *
 * Vaswani et al. 2017, arXiv:1706.03762, section 3.2.3. It stands in no model by itself: a network gives it the features,
 * as `context.source`. State: none, keys and values follow from the source. Cost a layer: O(T S D), S tokens of the source.
 */
import { z } from 'zod'
import { mul, type Tensor, zeros } from '../../engine/index.js'
import { attend } from '../../nn/attention.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf, positive } from '../settings.js'
import { softmaxAttention } from './softmax.js'

const config = z.object({
  heads: count.optional(),
  headWidth: count.optional().describe('features of a head; dim / heads by default'),
  scale: positive.optional().describe('factor on scores; 1 / √D by default'),
})
type Config = z.infer<typeof config> & Frame

const widthOf = (c: Config) => c.headWidth ?? headsOf('cross-attention', c).width

export const crossAttention = defineMixer({
  id: 'cross-attention',
  family: 'attention',
  citation: { ...softmaxAttention.citation, equations: 'section 3.2.3' },
  summary: 'Each token of a decoder reads a softmax-weighted mixture of what an encoder made of the source.',
  config,
  causal: true,
  cost: 'quadratic',

  parameters(c: Config) {
    const inner = c.heads * widthOf(c)
    const map = () => linear(c.dim, inner, { bias: c.bias })
    return { query: map(), key: map(), value: map(), output: linear(inner, c.dim, { bias: c.bias }) }
  },

  state: () => ({}),

  project(p, x, { config: c, context }) {
    if (!context.source) throw new Error('cross-attention: there is no source to read – it belongs into a network')
    const split = (t: Tensor) => splitHeads(t, c.heads)
    const [k, v] = applyTogether(context.source, [p.key, p.value]).map(split)
    const q = split(p.query(x))
    return { q: c.scale === undefined ? q : mul(q, c.scale * Math.sqrt(widthOf(c))), k, v }
  },

  parallel: ({ q, k, v }) => ({ y: attend(q, k, v, zeros([1, 1]), undefined, 'weights'), state: {} }),

  output: (p, y) => p.output(mergeHeads(y)),
})
