/**
 * BigBird: attention by blocks. The first and the last block of a document see all and are seen by all; a token of any
 * other sees its own block and those beside it.
 *
 *   o_t = Σ_s m_ts exp(q_t·k_s / √D) v_s / Σ_s m_ts exp(q_t·k_s / √D),   m: how often the block of s is listed for that of t
 *
 * Zaheer et al. 2020, arXiv:2007.14062, section 2. The paper lists r random blocks besides. Its code draws them anew in
 * training and, to evaluate, lists the first block r times more; this is the latter, so that a text is read the same way
 * every time. Documents of at most (5 + 2r) blocks see all of themselves, as there. Both ways, nothing is carried.
 * Cost a layer: O(T² D) here, all pairs are scored and selected; the paper's is O(T D) by gathered blocks.
 */
import { z } from 'zod'
import {
  abs,
  add,
  cast,
  div,
  equal,
  floor,
  full,
  less,
  lessEqual,
  or,
  sub,
  sum,
  type Tensor,
  unsqueeze,
  where,
} from '../../engine/index.js'
import { attend } from '../../nn/attention.js'
import { mutualBias, sameDocument } from '../../nn/documents.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { type Context, defineMixer, type Frame } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  block: count.default(64).describe('tokens of a block'),
  random: z.number().int().nonnegative().default(3).describe('r: how often the first block is listed besides'),
  offsets: z.enum(['all', 'output']).default('all').describe('which maps have them, where the model has bias'),
})
type Config = z.infer<typeof config> & Frame

export const bigBird = defineMixer({
  id: 'big-bird',
  family: 'attention',
  citation: {
    title: 'Big Bird: Transformers for Longer Sequences',
    authors: 'Zaheer et al.',
    year: 2020,
    arxiv: '2007.14062',
    equations: 'section 2',
  },
  summary: 'Attention to the blocks around each one; the first and the last see all and are seen by all.',
  config,
  causal: false,
  cost: 'quadratic',

  validate: (c: Config) => void headsOf('big-bird', c),

  parameters(c: Config) {
    const map = (bias = c.bias) => linear(c.dim, c.dim, { bias })
    const inner = c.bias && c.offsets === 'all'
    return { query: map(inner), key: map(inner), value: map(inner), output: map() }
  },

  state: () => ({}),

  project(p, x, { config: c }) {
    const [q, k, v] = applyTogether(x, [p.query, p.key, p.value]).map((t) => splitHeads(t, c.heads))
    return { q, k, v }
  },

  parallel: ({ q, k, v }, _, { config, context }) => ({
    y: attend(q, k, v, add(mutualBias(context), unsqueeze(blockBias(config, context), 1)), undefined, 'weights'),
    state: {},
  }),

  output: (p, y) => p.output(mergeHeads(y)),
})

/** log m_ts: [B, T, T]. */
function blockBias({ block, random }: Config, { positions, documents }: Context): Tensor {
  const T = positions.shape[1]
  const lengths = documents
    ? sum(cast(sameDocument(documents, documents), 'i32'), 2, { keep: true })
    : full([1, 1, 1], T, 'i32')
  const blockOf = (t: Tensor) => floor(div(add(cast(t, 'f32'), 0.5), block))
  const last = blockOf(sub(lengths, 1))
  const [row, column] = [blockOf(unsqueeze(positions, 2)), blockOf(unsqueeze(positions, 1))]
  const atEnd = (t: Tensor) => or(equal(t, 0), equal(t, last))
  const all = or(atEnd(row), lessEqual(lengths, (5 + 2 * random) * block))
  const near = or(atEnd(column), less(abs(sub(row, column)), 2))
  const listed = where(equal(column, 0), Math.log(1 + random), where(near, 0, Number.NEGATIVE_INFINITY))
  return where(all, 0, listed)
}
