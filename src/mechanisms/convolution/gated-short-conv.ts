/**
 * The gated short convolution of LFM2: a convolution over a few tokens between two gates that the input decides.
 *
 *   b, c, u = x W,  y_t = (c_t ∘ Σ_j w_j ∘ (b ∘ u)_{t−j}) W_o        state the last taps − 1 of b ∘ u, constant in T
 *
 * Amini et al. 2025, arXiv:2511.23404, section 2 (the gated short convolution block); starting values are those of this
 * library's short convolutions. Cost a layer: O(T d²). Recipe: three taps, most layers so and a few of attention.
 */
import { z } from 'zod'
import { mul } from '../../engine/index.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { shortConvolution, shortConvolutionState } from '../../nn/short-convolution.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count } from '../settings.js'

const config = z.object({ convolution: count.default(3).describe('tokens that the convolution sees') })
type Config = z.infer<typeof config> & Frame

export const gatedShortConv = defineMixer({
  id: 'gated-short-conv',
  family: 'convolution',
  citation: {
    title: 'LFM2 Technical Report',
    authors: 'Amini et al.',
    year: 2025,
    arxiv: '2511.23404',
    equations: 'section 2, gated short convolution',
  },
  summary: 'A convolution over a few tokens between two gates that the input decides.',
  config,
  causal: true,

  parameters: ({ dim, bias, convolution }: Config) => ({
    write: linear(dim, dim, { bias }),
    read: linear(dim, dim, { bias }),
    input: linear(dim, dim, { bias }),
    convolution: shortConvolution(dim, convolution, { bias }),
    output: linear(dim, dim, { bias }),
  }),

  state: ({ dim, convolution }: Config, { batch }) => ({ past: shortConvolutionState(batch, convolution, dim) }),

  project(p, x) {
    const [write, read, input] = applyTogether(x, [p.write, p.read, p.input])
    return { written: mul(write, input), read }
  },

  parallel({ written, read }, { past }, { p, context }) {
    const { y, past: next } = p.convolution(written, past, context)
    return { y: mul(read, y), state: { past: next } }
  },

  output: (p, y) => p.output(y),
})
