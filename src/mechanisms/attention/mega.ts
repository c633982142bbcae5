/**
 * Mega: an exponential moving average of many speeds says what to look for, and one gated head of attention fetches it.
 *
 *   h_t = (1 − α∘δ) ∘ h_{t−1} + α∘β x_t,  x'_t = Σ η ∘ h_t     per feature h speeds, α and δ in (0, 1)
 *   z = silu(x' W_z),  q = κ_q ∘ z + μ_q,  k = κ_k ∘ z + μ_k,  v = silu(x W_v)
 *   o = f(q kᵀ) v,  f softmax(·/√Z), or Laplace: ½(1 + erf((s/n − √½) √(2π))) for n visible tokens
 *   γ = silu(x' W_γ),  φ = sigmoid(x' W_φ),  ĥ = silu(x' W_h + (γ∘o) U_h),  out = φ ∘ (ĥ − x)
 *
 * Ma et al. 2022, arXiv:2209.10655, section 3: damped average, gated attention, Laplace function, and Mega-chunk, where a
 * token sees its own part of the document only. The block's residual adds the (1 − φ) ∘ x that the paper has in `out`, with
 * the norm before the mixer; published code also adds ω ∘ x to the average, which the equations do not. Of the paper's two
 * position schemes this has rotary. The average is a convolution; packed documents take its recurrence. State: the average
 * [B, d, h]; keys and values of all tokens, or of the last chunk − 1, in which padding takes places. Cost a layer:
 * O(T log T d + T² Z), with chunks of c tokens the scores of a token are c.
 * Recipe: AdamW, rate 1e-3 at d = 256; β 1 and −1 in turn, δ and α around ½, η normal.
 */
import { z } from 'zod'
import { gatedAttention, gatedAttentionMaps, gatedAttentionState, requireEvenKeys } from '../../nn/gated-attention.js'
import { movingAverage, movingAverageState } from '../../nn/moving-average.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, positive } from '../settings.js'

const config = z.object({
  speeds: count.default(16).describe('h: moving averages of each feature'),
  keyWidth: count.default(32).describe('Z: width of queries and keys'),
  expand: positive.default(2).describe('width of the values as a multiple of the model width'),
  attention: z.enum(['softmax', 'laplace']).default('softmax'),
  chunk: count.optional().describe('tokens of a document that attend to each other; all by default'),
})
type Config = z.infer<typeof config> & Frame

export const mega = defineMixer({
  id: 'mega',
  family: 'attention',
  citation: {
    title: 'Mega: Moving Average Equipped Gated Attention',
    authors: 'Ma et al.',
    year: 2022,
    arxiv: '2209.10655',
    equations: 'section 3',
  },
  summary: 'One gated head of attention whose queries and keys are moving averages, over all tokens or in chunks.',
  config,
  causal: true,
  cost: 'quadratic',

  validate: (c: Config) => requireEvenKeys('mega', c),

  parameters: (c: Config) => ({ average: movingAverage(c.dim, c.speeds), ...gatedAttentionMaps(c) }),

  state: (c: Config, { batch, capacity }) => ({
    average: movingAverageState(batch, c.dim, c.speeds),
    ...gatedAttentionState(c, batch, capacity),
  }),

  project: (_, x) => ({ x }),

  parallel({ x }, { average, ...caches }, { p, config: c, context }) {
    const { y: averaged, state: last } = p.average(x, average, context)
    const { y, caches: fresh } = gatedAttention(p, { x, averaged }, caches, c, context)
    return { y, state: { average: last, ...fresh } }
  },

  output: (_, y) => y,
})
