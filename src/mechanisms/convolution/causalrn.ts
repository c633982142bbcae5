/**
 * Causal relation network: a token looks at each earlier one through one hidden layer for the two, and sums what it finds.
 *
 *   a_t = x_t W_a + c,  b_i = x_i W_b                    the first layer on the pair [x_t, x_i]
 *   h_t = Σ_{i≤t} f(N(a_t + b_i)),  y_t = N(h_t) W_o     N LayerNorm without weights, f the activation
 *
 * Cui et al. 2024, arXiv:2406.16168, section 2: relations, exponential activation, normalisation before it. exp without N
 * inside factorises, exp(a_t) Σ exp(b_i): linear time, its sums kept as logarithms, so that values of any size are exact,
 * and with the largest channel of a token taken out, which the N outside forgets anyway, like the paper's mean in place of
 * the sum. N of the pair ties the two together again: all b_i are kept, as a growing memory. `normalize` parts is the
 * paper's linear variant, N(a_t) + N(b_i). State: log Σ exp(b_i) [B, d], or b_i of all tokens, as keys of attention are.
 * Cost a layer: O(T² d), or O(T d) where it factorises, beside the maps. Pairs are formed for blocks of tokens at a time
 * and again in the backward pass: memory O(T d) a token of a block. Recipe: learned positions, no channel mixer, AdamW.
 */
import { z } from 'zod'
import {
  add,
  type Cache,
  concat,
  exp,
  full,
  gelu,
  layerNorm,
  logSumExp,
  max,
  name,
  relu,
  sub,
  sum,
  type Tensor,
  unsqueeze,
  where,
} from '../../engine/index.js'
import { inBlocks } from '../../nn/blocks-of-tokens.js'
import { linear } from '../../nn/layers.js'
import { logAddExp } from '../../nn/log-space.js'
import { loopOverTime } from '../../nn/recurrence.js'
import { latestLast, numberCache, pastAndPresent, tokenCache } from '../../nn/token-cache.js'
import { documentNumbers } from '../../nn/window.js'
import { type Context, defineMixer, type Frame, type StateSize } from '../mixer.js'
import { count } from '../settings.js'

const config = z.object({
  activation: z.enum(['exp', 'gelu', 'relu']).default('exp').describe('f: what is summed of a hidden unit'),
  normalize: z
    .enum(['pair', 'parts', 'none'])
    .default('pair')
    .describe('before the activation: the sum of the two, each by itself, or nothing'),
  block: count.default(64).describe('tokens whose pairs are formed at once'),
})
type Config = z.infer<typeof config> & Frame

const factorises = ({ activation, normalize }: Config) => activation === 'exp' && normalize !== 'pair'
/** The logarithm of a sum of nothing. */
const none = -1e30

const normalized = (x: Tensor) => {
  const channels = [x.shape[x.rank - 1]]
  return layerNorm(x, full(channels, 1), full(channels, 0))
}
/** exp of logarithms of sums, relative to the largest channel. */
const relative = (logarithms: Tensor) => exp(sub(logarithms, max(logarithms, -1, { keep: true })))

const state = (c: Config, { batch, capacity }: StateSize) => ({
  sums: { shape: [batch, factorises(c) ? c.dim : 0], dtype: 'f32', change: 'replace', fill: none } as const,
  relations: factorises(c) ? undefined : tokenCache(batch, capacity, c.dim),
  documents: factorises(c) ? undefined : numberCache(batch, capacity),
})

/** h from a_t + b_i of the visible ones among all pairs. */
function summed(pairs: Tensor, visible: Tensor, c: Config): Tensor {
  const inner = c.normalize === 'pair' ? normalized(pairs) : pairs
  if (c.activation === 'exp') return relative(logSumExp(where(visible, inner, none), 2))
  return sum(where(visible, { gelu, relu }[c.activation](inner), 0), 2)
}

interface Before {
  readonly sums: Tensor
  readonly relations: Cache
  readonly documents: Cache
}

/** h of all tokens; of pairs at once, or by blocks of tokens. */
function relate(
  { a, b }: { readonly a: Tensor; readonly b: Tensor },
  { sums, relations, documents }: Before,
  { config: c, context }: { readonly config: Config; readonly context: Context },
  blocks: boolean,
): { y: Tensor; state: { sums: Tensor; relations: Tensor; documents: Tensor } } {
  if (factorises(c)) {
    const grow = (before: Tensor, at: Tensor) => {
      const memory = logAddExp(before, at)
      return { memory, y: memory }
    }
    const { ys, memory } = loopOverTime(grow, sums, b, context, full(sums.shape, none))
    return {
      y: relative(add(a, ys)),
      state: { sums: memory } as { sums: Tensor; relations: Tensor; documents: Tensor },
    }
  }
  const seen = concat([latestLast(relations), b], 1)
  const tokens = { a, visible: pastAndPresent(documents, context).visible }
  const work = (at: typeof tokens) => summed(add(unsqueeze(at.a, 2), unsqueeze(seen, 1)), unsqueeze(at.visible, 3), c)
  const y = blocks ? inBlocks(tokens, c.block, work) : work(tokens)
  return { y, state: { sums, relations: b, documents: documentNumbers(context) } }
}

export const causalRn = defineMixer({
  id: 'causalrn',
  family: 'convolution',
  citation: {
    title: 'An All-MLP Sequence Modeling Architecture That Excels at Copying',
    authors: 'Cui et al.',
    year: 2024,
    arxiv: '2406.16168',
    equations: 'section 2',
  },
  summary:
    'A small net on each pair of tokens, summed over the past; by running sums where its exponential factorises.',
  config,
  causal: true,
  cost: 'quadratic',

  parameters: (c: Config) => ({
    present: linear(c.dim, c.dim, { bias: c.bias }),
    past: linear(c.dim, c.dim, { bias: false }),
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state,

  project(p, x, { config: c }) {
    const ready = c.normalize === 'parts' ? normalized : (part: Tensor) => part
    return { a: name(ready(p.present(x)), 'present'), b: name(ready(p.past(x)), 'past') }
  },

  parallel: (projected, before, setting) => relate(projected, before as Before, setting, false),
  chunked: (projected, before, setting) => relate(projected, before as Before, setting, true),

  output: (p, y) => p.output(normalized(y)),
})
