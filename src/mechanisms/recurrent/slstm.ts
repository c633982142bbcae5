/**
 * sLSTM: a long short-term memory with exponential gates, a normaliser, and heads that see their own state alone.
 *
 *   z, i, f, o = tanh, exp, sigmoid or exp, sigmoid of x_t W + h_{t−1} R + b      R block-diagonal
 *   c_t = f ∘ c_{t−1} + i ∘ z,  n_t = f ∘ n_{t−1} + i
 *   h_t = o ∘ c_t / n_t                     state h, c, n and the stabiliser m, [B, d] each, constant in T
 *
 * Beck et al. 2024, arXiv:2405.04517, equations 8 to 17. c and n are held divided by e^m with m_t = max(log f +
 * m_{t−1}, log i), which leaves h as it is and n at least 1. i and f see x through a short convolution and swish
 * (figure 10); each head is normalised. The gated MLP of that block is the model's channel mixer. Cost a layer: O(T
 * d²), one step after the other. Recipe: AdamW, rate 1e-3 at d = 256; forget offsets from 3 to 6 (one of the authors'
 * starts; their R starts at 0).
 */
import { z } from 'zod'
import {
  add,
  concat,
  div,
  exp,
  full,
  logSigmoid,
  maximum,
  mul,
  sigmoid,
  silu,
  split,
  sub,
  type Tensor,
  tanh,
  zeros,
} from '../../engine/index.js'
import { blockDiagonal } from '../../nn/block-diagonal.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import type { Initializer } from '../../nn/initializers.js'
import { norm } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { loopOverTime } from '../../nn/recurrence.js'
import { shortConvolution, shortConvolutionState } from '../../nn/short-convolution.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  forget: z.enum(['sigmoid', 'exp']).default('sigmoid').describe('what the forget gate is of its sum'),
  convolution: count.default(4).describe('tokens that input and forget gates see'),
})
type Config = z.infer<typeof config> & Frame

interface Memory {
  readonly hidden: Tensor
  readonly cell: Tensor
  readonly normalizer: Tensor
  readonly stabilizer: Tensor
}
/** log of the scale of a state that holds nothing: below any gate. */
const nothing = -1e30

export const slstm = defineMixer({
  id: 'slstm',
  family: 'recurrent',
  summary: 'A long short-term memory with exponential gates and a normaliser, in heads of their own.',
  citation: {
    equations: '8 to 17, figure 10',
    title: 'xLSTM: Extended Long Short-Term Memory',
    authors: 'Beck et al.',
    year: 2024,
    arxiv: '2405.04517',
  },
  config,
  causal: true,

  validate: (c: Config) => void headsOf('slstm', c),

  parameters: ({ dim, heads, convolution }: Config) => ({
    convolution: shortConvolution(dim, convolution),
    values: blockDiagonal(dim, { parts: 2, blocks: heads }),
    gates: blockDiagonal(dim, { parts: 2, blocks: heads }),
    recurrent: blockDiagonal(dim, { parts: 4, blocks: heads }),
    offset: parameter([4 * dim], offsets(heads)),
    norm: norm('layer', dim / heads),
  }),

  state: ({ dim, convolution }: Config, { batch }) => {
    const leaf = { shape: [batch, dim], dtype: 'f32', change: 'replace' } as const
    const past = shortConvolutionState(batch, convolution, dim)
    return { hidden: leaf, cell: leaf, normalizer: leaf, stabilizer: { ...leaf, fill: nothing }, past }
  },

  project: (_, x) => ({ x }),

  parallel({ x }, { past, ...start }, { p, config: { forget: kind }, context }) {
    const seen = p.convolution(x, past, context)
    const sums = add(concat([p.values(x), p.gates(silu(seen.y))], 2), p.offset)
    const body = ({ hidden, cell, normalizer, stabilizer }: Memory, at: Tensor) => {
      const [value, output, input, forget] = split(add(at, p.recurrent(hidden)), 4, 1)
      const before = add(kind === 'exp' ? forget : logSigmoid(forget), stabilizer)
      const highest = maximum(before, input)
      const [kept, written] = [exp(sub(before, highest)), exp(sub(input, highest))]
      const nextCell = add(mul(kept, cell), mul(written, tanh(value)))
      const nextNormalizer = add(mul(kept, normalizer), written)
      const y = mul(sigmoid(output), div(nextCell, nextNormalizer))
      return { memory: { hidden: y, cell: nextCell, normalizer: nextNormalizer, stabilizer: highest }, y }
    }
    const empty = zeros(start.cell.shape)
    const fresh = { hidden: empty, cell: empty, normalizer: empty, stabilizer: full(empty.shape, nothing) }
    const { ys, memory } = loopOverTime(body, start, sums, context, fresh)
    return { y: ys, state: { ...memory, past: seen.past } }
  },

  output: (p, y, _, { config: { heads } }) => mergeHeads(p.norm(splitHeads(y, heads))),
})

/** Zero but for the last quarter, the forget gates: from 3 to 6 over each head's channels. */
function offsets(heads: number): Initializer {
  return ([width]) => {
    const size = width / 4 / heads
    const forget = (channel: number) => 3 + (3 * (channel % size)) / Math.max(1, size - 1)
    return Float32Array.from({ length: width }, (_, i) => (i < (3 * width) / 4 ? 0 : forget(i)))
  }
}
