/**
 * CAT: attention whose weights are one number a token and head, turned around the sequence: a circulant matrix.
 *
 *   z = x W_a                              one logit a token and head, [B, H, T]
 *   o_t = Σ_s softmax(z)_{(t−s) mod T} v_s       bidirectional: a circular convolution, by Fourier transforms
 *   o_t = Σ_{s≤t} softmax_{r≤t}(z)_{t−s} v_s     causal: row t holds z_0 … z_t alone
 *
 * Yamada 2025, arXiv:2504.06704: section 4.2; z shifted and masked row by row where it is causal, which takes all pairs
 * of tokens, as the paper has it. Accounts differ on whether row t turns one way or the other; the product of transforms
 * that all of them give is a convolution, so that is meant. A logit speaks for a distance, its token for a place: the
 * model needs positions in its features (`positions=learned`). W_a, W_v and, as in any attention, W_o.
 * Packed documents each turn around themselves, by pairs of tokens. State (causal): logits and values of all tokens.
 * Cost a layer: O(T log T d), causal O(T² d). Recipe: that of the attention it replaces; alternating with it is best.
 */
import { z } from 'zod'
import {
  type Cache,
  concat,
  fftConvolution,
  matmul,
  name,
  slice,
  softmax,
  split,
  type Tensor,
  transpose,
  unsqueeze,
} from '../../engine/index.js'
import { circulantScores } from '../../nn/circulant.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { linear } from '../../nn/layers.js'
import { latestLast, numberCache, pastAndPresent, tokenCache } from '../../nn/token-cache.js'
import { documentNumbers } from '../../nn/window.js'
import { type Context, defineMixer, type Frame, type StateSize } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  causal: z.boolean().default(true).describe('whether a token sees those before it alone'),
})
type Config = z.infer<typeof config> & Frame

const state = (c: Config, { batch, capacity }: StateSize) => ({
  tokens: c.causal ? tokenCache(batch, capacity, c.heads + c.dim) : undefined,
  documents: c.causal ? numberCache(batch, capacity) : undefined,
})

interface Held {
  readonly tokens: Tensor
  readonly documents: Tensor
}

function byPairs(
  { logits, values }: { logits: Tensor; values: Tensor },
  { tokens, documents }: { tokens: Cache; documents: Cache },
  { config: { causal, heads }, context }: { config: Config; context: Context },
) {
  const own = concat([logits, values], 2)
  const all = causal ? concat([latestLast(tokens), own], 1) : own
  const [z, v] = split(all, [heads, values.shape[2]], 2)
  const scores = circulantScores(z, pastAndPresent(causal ? documents : undefined, context), causal)
  const state = (causal ? { tokens: own, documents: documentNumbers(context) } : {}) as Held
  return { y: mergeHeads(matmul(name(softmax(scores), 'attention'), splitHeads(v, heads))), state }
}

export const cat = defineMixer({
  id: 'cat',
  family: 'convolution',
  citation: {
    title: 'CAT: Circular-Convolutional Attention for Sub-Quadratic Transformers',
    authors: 'Yamada',
    year: 2025,
    arxiv: '2504.06704',
    equations: 'section 4.2',
  },
  summary: 'Attention by one logit a token and head: its softmax, turned around the sequence, is the weight matrix.',
  config,
  causal: ({ causal }) => causal,
  cost: 'quadratic',

  validate: (c: Config) => void headsOf('cat', c),

  parameters: (c: Config) => ({
    logit: linear(c.dim, c.heads, { bias: false }),
    value: linear(c.dim, c.dim, { bias: c.bias }),
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state,

  project: (p, x) => ({ logits: name(p.logit(x), 'logits'), values: p.value(x) }),

  parallel: (inputs, state, at) => byPairs(inputs, state, at),

  chunked(inputs, state, at) {
    if (at.config.causal || at.context.documents) return byPairs(inputs, state, at)
    const weights = unsqueeze(softmax(transpose(inputs.logits, [0, 2, 1])), 2)
    const v = transpose(splitHeads(inputs.values, at.config.heads), [0, 1, 3, 2])
    // Once around: the second of two rounds of the values has all of the first behind it.
    const around = slice(fftConvolution(concat([v, v], 3), weights), 3, v.shape[3])
    return { y: mergeHeads(transpose(around, [0, 1, 3, 2])), state: {} as Held }
  },

  output: (p, y) => p.output(y),
})
