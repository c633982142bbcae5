/**
 * Masked mixer: a learned matrix of positions by positions in place of attention, its upper triangle masked.
 *
 *   y_t = Σ_{s≤t} W_ts x_s + b_t                      one matrix for all channels
 *   y_t = concat_h(Σ_{s≤t} W^h_ts (x_s P^h)) W_o      multi-head: a matrix for each of H projections
 *
 * Badger 2024, arXiv:2409.01482: section 2 (a 1-D convolution over positions with kernels of one feature, "flat":
 * without widening or activation between two of them, which the paper finds best), multi-head variant as in the
 * authors' code (some of whose files make the projections and mix x itself). W starts as convolutions do, uniform in
 * ±1/√length. It has no other positions than the `length` first of a document: longer ones are refused. State: the
 * inputs of all tokens. Cost a layer: O(T² d), no products between tokens. Recipe: AdamW, rate 5e-4 at d = 512; layers
 * alternating with attention do best.
 */
import { z } from 'zod'
import {
  add,
  broadcastTo,
  concat,
  gather,
  gatherElements,
  matmul,
  maximum,
  minimum,
  name,
  reshape,
  slice,
  transpose,
  tril,
  where,
} from '../../engine/index.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { fanIn } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { latestLast, numberCache, pastAndPresent, tokenCache } from '../../nn/token-cache.js'
import { documentNumbers } from '../../nn/window.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({
  length: z.number().int().min(32).default(256).describe('positions that the matrices have: no document may be longer'),
  multiHead: z.boolean().default(false).describe('a matrix for each head, between projections'),
  heads: count.optional().describe('of the multi-head variant'),
})
type Config = z.infer<typeof config> & Frame

const headCount = (c: Config) => (c.multiHead ? c.heads : 1)

export const maskedMixer = defineMixer({
  id: 'masked-mixer',
  family: 'convolution',
  citation: {
    title: 'Masked Mixers for Language Generation and Retrieval',
    authors: 'Badger',
    year: 2024,
    arxiv: '2409.01482',
    equations: 'section 2',
  },
  summary: 'A learned, masked matrix of positions by positions mixes tokens, whatever they say.',
  config,
  causal: true,
  cost: 'quadratic',
  longest: ({ length }) => length,

  validate: (c: Config) => void (c.multiHead && headsOf('masked-mixer', c)),

  parameters: (c: Config) => ({
    input: c.multiHead ? linear(c.dim, c.dim, { bias: c.bias }) : undefined,
    matrix: parameter([headCount(c), c.length, c.length], fanIn(c.length)),
    offset: parameter([headCount(c), c.length, 1], fanIn(c.length), { decay: false }),
    output: c.multiHead ? linear(c.dim, c.dim, { bias: c.bias }) : undefined,
  }),

  state: (c: Config, { batch, capacity }) => ({
    tokens: tokenCache(batch, capacity, c.dim),
    documents: numberCache(batch, capacity),
  }),

  project: (p, x) => ({ x: p.input ? p.input(x) : x }),

  parallel({ x }, cache, { p, config: c, context }) {
    const T = x.shape[1]
    if (T > c.length)
      throw new UserError(
        `masked-mixer: takes at most length ${c.length} tokens, got ${T} – shorten them, or train with length=${T}`,
      )
    const state = { tokens: x, documents: documentNumbers(context) }
    const matrix = name(tril(p.matrix), 'matrix')
    const heads = headCount(c)
    const S = cache.tokens.buffer.shape[1]
    if (S === 0 && !context.documents) {
      const square = slice(slice(matrix, 1, 0, T), 2, 0, T)
      return { y: add(matmul(square, splitHeads(x, heads)), slice(p.offset, 1, 0, T)), state }
    }
    const { places, visible } = pastAndPresent(cache.documents, context)
    // Empty slots come before the first place, and padding after a document of full length is one too far.
    const columns = minimum(maximum(places, 0), c.length - 1)
    const rows = gather(matrix, slice(columns, 1, S), 1)
    const B = rows.shape[1]
    const wide = broadcastTo(reshape(columns, [1, B, 1, S + T]), [heads, B, T, S + T])
    const weights = transpose(where(visible, gatherElements(rows, wide, 3), 0), [1, 0, 2, 3])
    const offset = transpose(gather(p.offset, slice(columns, 1, S), 1), [1, 0, 2, 3])
    const values = splitHeads(concat([latestLast(cache.tokens), x], 1), heads)
    return { y: add(matmul(weights, values), offset), state }
  },

  output: (p, y) => (p.output ? p.output(mergeHeads(y)) : mergeHeads(y)),
})
