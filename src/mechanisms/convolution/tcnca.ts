/**
 * TCNCA: the block of Mega with dilated convolutions in place of its moving average, its attention in chunks.
 *
 *   x' = h^L,  h^0 = x,  h^{l+1} = h^l + silu(Σ_{j<K} h^l_{t−j gˡ} W_j + b)     L levels of K taps, strides growing by g
 *   then Mega's gated attention: q, k and the gates from x', v from x, within chunks of c tokens
 *
 * Terzić et al. 2023, arXiv:2312.05605: section 2, convolutions for the average, attention in chunks; the attention is Ma
 * et al. 2022, arXiv:2209.10655. A token sees 1 + Σ (K − 1) gˡ tokens through the convolutions, and its chunk. What a
 * convolution's block holds is not said; here it is one convolution over all channels and a residual.
 * State: inputs of the levels [B, Σ (K − 1) gˡ, d], keys and values of the chunk. Cost a layer: O(T (L K d² + c Z)).
 * Recipe: AdamW, rate 1e-3 at d = 256; K = g, so that the strides leave no gaps.
 */
import { z } from 'zod'
import { dilatedConvolutions, dilatedConvolutionsState, tokensSeenBefore } from '../../nn/dilated-convolutions.js'
import { gatedAttention, gatedAttentionMaps, gatedAttentionState, requireEvenKeys } from '../../nn/gated-attention.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, positive } from '../settings.js'

const config = z.object({
  taps: count.default(4).describe('K: tokens that a kernel sees'),
  levels: count.default(3).describe('L: convolutions one upon the other'),
  growth: count.max(16).default(4).describe('g: factor from the stride of a level to that of the next'),
  keyWidth: count.default(32).describe('Z: width of queries and keys'),
  expand: positive.default(2).describe('width of the values as a multiple of the model width'),
  chunk: count.min(2).default(64).describe('tokens of a document that attend to each other'),
  attention: z.enum(['softmax', 'laplace']).default('softmax'),
})
type Config = z.infer<typeof config> & Frame

/** Each of them is a row of the state. */
const mostSeen = 1 << 16

export const tcnca = defineMixer({
  id: 'tcnca',
  family: 'convolution',
  citation: {
    title: 'TCNCA: Temporal Convolution Network with Chunked Attention for Scalable Sequence Processing',
    authors: 'Terzić et al.',
    year: 2023,
    arxiv: '2312.05605',
    equations: 'section 2',
  },
  summary: 'Dilated convolutions say what to look for, and one gated head of attention in chunks fetches it.',
  config,
  causal: true,

  validate(c: Config) {
    requireEvenKeys('tcnca', c)
    const seen = 1 + tokensSeenBefore(c)
    if (seen > mostSeen)
      throw new UserError(
        `tcnca: levels of convolutions must see ${mostSeen} tokens at most, got ${seen} – use fewer levels, or less growth`,
      )
  },

  parameters: (c: Config) => ({ convolutions: dilatedConvolutions(c.dim, c, c.bias), ...gatedAttentionMaps(c) }),

  state: (c: Config, { batch, capacity }) => ({
    past: dilatedConvolutionsState(batch, c.dim, c),
    ...gatedAttentionState(c, batch, capacity),
  }),

  project: (_, x) => ({ x }),

  parallel({ x }, { past, ...caches }, { p, config: c, context }) {
    const { y: averaged, past: next } = p.convolutions(x, past, context)
    const { y, caches: fresh } = gatedAttention(p, { x, averaged }, caches, c, context)
    return { y, state: { past: next, ...fresh } }
  },

  output: (_, y) => y,
})
