/**
 * Gated convolution: each token sees a short stretch of the past through a kernel, and a second kernel gates what it saw.
 *
 *   h = (X ∗ W + b) ∘ sigmoid(X ∗ V + c)      X the last K tokens; state those before the present, [B, K − 1, d]
 *
 * Dauphin et al. 2016, arXiv:1612.08083: equation 1, residual blocks section 2; tanh-gated units (equation 2 there, of
 * van den Oord et al. 2016) and plain ReLU and tanh are what it compares with. A stack of L sees L (K − 1) + 1 tokens.
 * The adaptive softmax is for vocabularies larger than those here. Cost a layer: O(T K d²). Recipe: no channel mixer, as
 * the gate is the nonlinearity; K = 4, AdamW, rate 2e-3.
 */
import { z } from 'zod'
import { concat, mul, relu, sigmoid, split, type Tensor, tanh } from '../../engine/index.js'
import { linear } from '../../nn/layers.js'
import { lookBack, pastTokens } from '../../nn/look-back.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count } from '../settings.js'

const config = z.object({
  taps: count.default(4).describe('K: tokens that a kernel sees'),
  unit: z.enum(['glu', 'gtu', 'relu', 'tanh']).default('glu').describe('the nonlinearity; the last two have no gate'),
})
type Config = z.infer<typeof config> & Frame

const units: Readonly<Record<Config['unit'], (x: Tensor, gate: Tensor) => Tensor>> = {
  glu: (x, gate) => mul(x, sigmoid(gate)),
  gtu: (x, gate) => mul(tanh(x), sigmoid(gate)),
  relu: (x) => relu(x),
  tanh: (x) => tanh(x),
}
const isGated = ({ unit }: Config) => unit === 'glu' || unit === 'gtu'

export const gatedConvnet = defineMixer({
  id: 'gated-convnet',
  family: 'convolution',
  citation: {
    title: 'Language Modeling with Gated Convolutional Networks',
    authors: 'Dauphin et al.',
    year: 2016,
    arxiv: '1612.08083',
    equations: '1, section 2',
  },
  summary: 'A short convolution gated by another.',
  config,
  causal: true,

  parameters: (c: Config) => ({
    kernel: linear(c.taps * c.dim, isGated(c) ? 2 * c.dim : c.dim, { bias: c.bias }),
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state: ({ dim, taps }: Config, { batch }) => ({ past: pastTokens(batch, taps - 1, dim) }),

  project: (_, x) => ({ x }),

  parallel({ x }, { past }, { p, config: c, context }) {
    const distances = Array.from({ length: c.taps }, (_, distance) => distance)
    const { seen, past: next } = lookBack(x, past, distances, context)
    const both = p.kernel(concat(seen, 2))
    const [h, gate] = isGated(c) ? split(both, 2, 2) : [both, both]
    return { y: units[c.unit](h, gate), state: { past: next } }
  },

  output: (p, y) => p.output(y),
})
