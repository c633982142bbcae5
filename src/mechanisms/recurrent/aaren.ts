/**
 * Aaren: softmax attention with a learned query, which makes of attention a recurrent net of constant memory.
 *
 *   s_t = q_h · k_t / √D,  o_t = Σ_{i≤t} exp(s_i − m_t) v_i / Σ_{i≤t} exp(s_i − m_t),  m_t = max_{i≤t} s_i
 *   state per head: m, and numerator and denominator side by side, [B, H] and [B, H, D + 1], constant in T
 *
 * Feng et al. 2024, arXiv:2405.13956: recurrence section 3.1, all prefixes by a scan section 3.2, module section 3.3.
 * The largest score so far is subtracted before every exponential, so scores of any size are exact. Cost a layer: O(T
 * d²), the sums in linear time. Recipe: AdamW, rate 1e-3 at d = 256.
 */
import { z } from 'zod'
import {
  concat,
  div,
  exp,
  full,
  maximum,
  mul,
  name,
  reshape,
  split,
  sub,
  sum,
  type Tensor,
  unsqueeze,
} from '../../engine/index.js'
import { fanIn } from '../../nn/initializers.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { elementwiseRecurrence, loopOverTime } from '../../nn/recurrence.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({ heads: count.optional() })
type Config = z.infer<typeof config> & Frame

/** The largest score of nothing. */
const none = -1e30

export const aaren = defineMixer({
  id: 'aaren',
  family: 'recurrent',
  citation: {
    title: 'Attention as an RNN',
    authors: 'Feng et al.',
    year: 2024,
    arxiv: '2405.13956',
    equations: 'sections 3.1 to 3.3',
  },
  summary: 'Softmax attention whose query is a parameter: a running weighted mean.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('aaren', c),

  parameters: ({ dim, heads, bias }: Config) => ({
    query: parameter([heads, dim / heads], fanIn(1)),
    key: linear(dim, dim, { bias }),
    value: linear(dim, dim, { bias }),
    output: linear(dim, dim, { bias }),
  }),

  state: ({ dim, heads }: Config, { batch }) => ({
    largest: { shape: [batch, heads], dtype: 'f32', change: 'replace', fill: none },
    sums: { shape: [batch, heads, dim / heads + 1], dtype: 'f32', change: 'replace' },
  }),

  project(p, x, { config: { dim, heads } }) {
    const [B, T] = x.shape
    const width = dim / heads
    const [k, v] = applyTogether(x, [p.key, p.value]).map((part) => reshape(part, [B, T, heads, width]))
    const scores = name(mul(sum(mul(k, p.query), -1), width ** -0.5), 'scores')
    return { scores, terms: concat([v, full([B, T, heads, 1], 1)], 3) }
  },

  parallel({ scores, terms }, { largest, sums }, { context }) {
    const levels = loopOverTime(
      (before: Tensor, score: Tensor) => {
        const level = maximum(before, score)
        return { memory: level, y: { kept: sub(before, level), written: sub(score, level) } }
      },
      largest,
      scores,
      context,
      full(largest.shape, none),
    )
    const factor = (power: Tensor) => unsqueeze(exp(power), 3)
    const update = { kept: factor(levels.ys.kept), written: mul(factor(levels.ys.written), terms) }
    const { states, last } = elementwiseRecurrence(update, sums, context)
    const [numerator, denominator] = split(states, [terms.shape[3] - 1, 1], 3)
    return { y: div(numerator, denominator), state: { largest: levels.memory, sums: last } }
  },

  output: (p, y) => p.output(reshape(y, [y.shape[0], y.shape[1], -1])),
})
