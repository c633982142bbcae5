/**
 * Lightweight and dynamic convolution: a short convolution whose kernel is a softmax, one for all channels of a head, and
 * predicted by the present token where it is dynamic.
 *
 *   a = glu(x W_i),  w_t = softmax(x_t W_w) or softmax(w), one kernel of K taps a head
 *   o_t = Σ_{j<K} w_{t,h,j} a_{t−j},  y_t = o_t W_o      state: the K − 1 tokens of a before, [B, K − 1, d]
 *
 * Wu et al. 2019, arXiv:1901.10430: lightweight convolution and its module section 3, dynamic section 4; kernels are
 * predicted from the gated input, as there, with an offset of their own. Cost a layer: O(T K d). Recipe: taps grow with
 * depth, 3, 7, 15, 31; AdamW, rate 1e-3 at d = 256.
 */
import { z } from 'zod'
import { add, mul, reshape, sigmoid, slice, softmax, split, type Tensor } from '../../engine/index.js'
import { gaussian } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { lookBack, pastTokens } from '../../nn/look-back.js'
import { parameter } from '../../nn/parameter.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({
  heads: count.optional().describe('kernels, each for an equal share of the channels'),
  taps: count.default(15).describe('K: tokens that a kernel sees'),
  dynamic: z.boolean().default(true).describe('let each token choose its kernel'),
})
type Config = z.infer<typeof config> & Frame

export const dynamicConv = defineMixer({
  id: 'dynamic-conv',
  family: 'convolution',
  citation: {
    title: 'Pay Less Attention with Lightweight and Dynamic Convolutions',
    authors: 'Wu et al.',
    year: 2019,
    arxiv: '1901.10430',
    equations: 'section 3, section 4',
  },
  summary: 'A short convolution with softmax kernels that each token chooses for itself.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('dynamic-conv', c),

  parameters: ({ dim, heads, taps, bias, dynamic }: Config) => ({
    input: linear(dim, 2 * dim, { bias }),
    kernel: parameter([heads, taps], gaussian(0.1), { decay: false }),
    predictor: dynamic ? linear(dim, heads * taps, { bias: false }) : undefined,
    output: linear(dim, dim, { bias }),
  }),

  state: ({ dim, taps }: Config, { batch }) => ({ past: pastTokens(batch, taps - 1, dim) }),

  project(p, x) {
    const [value, gate] = split(p.input(x), 2, 2)
    return { a: mul(value, sigmoid(gate)) }
  },

  parallel({ a }, { past }, { p, config: { heads, taps }, context }) {
    const [B, T, dim] = a.shape
    const predicted = p.predictor ? reshape(p.predictor(a), [B, T, heads, taps]) : undefined
    const weights = softmax(predicted ? add(predicted, p.kernel) : p.kernel)
    const distances = Array.from({ length: taps }, (_, distance) => distance)
    const { seen, past: next } = lookBack(a, past, distances, context)
    const weighted = seen.map((token, j): Tensor => {
      return mul(reshape(token, [B, T, heads, dim / heads]), slice(weights, -1, j, j + 1))
    })
    const y = weighted.reduce((total, term) => add(total, term))
    return { y: reshape(y, [B, T, dim]), state: { past: next } }
  },

  output: (p, y) => p.output(y),
})
