/**
 * PaTH attention: softmax attention whose positions are products of Householder-like matrices, chosen by the input.
 *
 *   w_t = short convolution of x_t W₁ W₂ / ‖·‖,  β_t = 2 sigmoid(x_t w_β + b),  H_t = I − β_t w_t w_tᵀ
 *   o_t = Σ_{s≤t} softmax_s(q_tᵀ H_t H_{t−1} ⋯ H_{s+1} k_s / √D) v_s
 *
 * Yang et al. 2025, arXiv:2505.16381, section 3, without the forget gate that FoX adds; the authors' code has a swish
 * behind the convolution of w. State: keys, values, w and β of all tokens, and the convolution's last ones. The authors
 * decode by multiplying all cached keys by each new H; here the cache only grows, and a query crosses it block by block
 * instead: the same numbers at the same O(T D) a token but for the length of a block. Cost a layer: O(T² D). Recipe:
 * AdamW, rate 1e-3 at d = 256.
 */
import { z } from 'zod'
import {
  add,
  type Cache,
  concat,
  iota,
  less,
  matmul,
  mul,
  name,
  reshape,
  sigmoid,
  softmax,
  split,
  type Tensor,
  unitNorm,
  where,
} from '../../engine/index.js'
import { chunkLength } from '../../nn/chunks.js'
import { causalBias, isToken } from '../../nn/documents.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { householderScores } from '../../nn/householder-attention.js'
import { applyTogether, linear } from '../../nn/layers.js'
import type { Layer } from '../../nn/parameter.js'
import { type ShortConvolution, shortConvolution, shortConvolutionState } from '../../nn/short-convolution.js'
import { documentNumbers, pastBias } from '../../nn/window.js'
import { defineMixer, type Frame, type Setting } from '../mixer.js'
import { count, headsOf, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  rank: count.default(32).describe('rank of the map that makes w'),
  convolution: count.default(3).describe('tokens that the convolution of w sees'),
  chunk: powerOfTwo.default(32).describe('tokens in a block of the chunked form, and of the cache'),
})
type Config = z.infer<typeof config> & Frame

interface Projected {
  readonly q: Tensor
  readonly k: Tensor
  readonly v: Tensor
  readonly beta: Tensor
  /** w before the convolution, [B, T, d]. */
  readonly low: Tensor
}
interface Held {
  readonly keys: Cache
  readonly values: Cache
  readonly directions: Cache
  readonly strengths: Cache
  readonly documents: Cache
  readonly past: Tensor
}

/** Attention in blocks of `size`. */
function attend(
  { q, k, v, beta: strength, low }: Projected,
  { keys, values, directions, strengths, documents, past }: Held,
  { p, config: c, context }: Setting<z.infer<typeof config>, { convolution: Layer<ShortConvolution> }>,
  size: number,
) {
  const { y: convolved, past: next } = p.convolution(low, past, context)
  const w = unitNorm(splitHeads(convolved, c.heads))
  const real = isToken(context.documents)
  const beta = real ? where(reshape(real, [real.shape[0], 1, real.shape[1], 1]), strength, 0) : strength
  const filled = reshape(less(iota(strengths.buffer.shape[2]), strengths.used), [-1, 1])
  const earlier = { k: keys.buffer, w: directions.buffer, beta: where(filled, strengths.buffer, 0) }
  const scores = householderScores(mul(q, q.shape[3] ** -0.5), { k, w, beta }, earlier, size)
  const [S, T] = [keys.buffer.shape[2], q.shape[2]]
  const hidden = [pastBias(documents, undefined, context), causalBias(context)]
  const [old, fresh] = split(scores, [S, T], 3).map((part, index) => add(part, hidden[index]))
  const [forPast, forOwn] = split(name(softmax(concat([old, fresh], 3)), 'attention'), [S, T], 3)
  return {
    y: add(matmul(forPast, values.buffer), matmul(forOwn, v)),
    state: { keys: k, values: v, directions: w, strengths: beta, documents: documentNumbers(context), past: next },
  }
}

export const pathAttention = defineMixer({
  id: 'path-attention',
  family: 'attention',
  citation: {
    title: 'PaTH Attention: Position Encoding via Accumulating Householder Transformations',
    authors: 'Yang et al.',
    year: 2025,
    arxiv: '2505.16381',
    equations: 'section 3',
  },
  summary: 'Softmax attention whose positions are products of reflections that the input chooses.',
  config,
  causal: true,
  cost: 'quadratic',

  validate: (c: Config) => void headsOf('path-attention', c),

  parameters: (c: Config) => ({
    query: linear(c.dim, c.dim, { bias: c.bias }),
    key: linear(c.dim, c.dim, { bias: c.bias }),
    value: linear(c.dim, c.dim, { bias: c.bias }),
    down: linear(c.dim, c.rank, { bias: false }),
    up: linear(c.rank, c.dim, { bias: false }),
    strength: linear(c.dim, c.heads),
    convolution: shortConvolution(c.dim, c.convolution, { bias: false }),
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state(c: Config, { batch, capacity }) {
    const cache = (width: number) =>
      ({ shape: [batch, c.heads, capacity, width], dtype: 'f32', change: { append: 2 } }) as const
    return {
      keys: cache(c.dim / c.heads),
      values: cache(c.dim / c.heads),
      directions: cache(c.dim / c.heads),
      strengths: cache(1),
      documents: { shape: [batch, capacity], dtype: 'i32', change: { append: 1 } },
      past: shortConvolutionState(batch, c.convolution, c.dim),
    }
  },

  project(p, x, { config: c }) {
    const [q, k, v] = applyTogether(x, [p.query, p.key, p.value]).map((part) => splitHeads(part, c.heads))
    const beta = name(mul(sigmoid(splitHeads(p.strength(x), c.heads)), 2), 'beta')
    return { q, k, v, beta, low: p.up(p.down(x)) }
  },

  parallel: (projected, held, setting) => attend(projected, held, setting, chunkLength(projected.q.shape[2])),
  chunked: (projected, held, setting) => attend(projected, held, setting, setting.config.chunk),
  step: (projected, held, setting) => attend(projected, held, setting, setting.config.chunk),

  output: (p, y) => p.output(mergeHeads(y)),
})
