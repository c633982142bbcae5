/**
 * LAVO: attention to a memory of fixed, orthogonal slots that holds the mean of all that came before, and to a window.
 *
 *   c_t = 1/t Σ_{s≤t} B x_s                    coefficients of the mean on r fixed orthonormal bases b_i
 *   h_{t,i} = c_{t,i} b_i                      the slots: orthogonal to each other whatever the context
 *   o_t = softmax([q_t · W_k h_{t,i} / √D + a_i, q_t · k_{t−j} / √D + a_j]) [W_v h_{t,i}, v_{t−j}],   j < window
 *   state Σ B x_s, [B, r], and the keys and values of the last window − 1 tokens, constant in T
 *
 * Zhang et al. 2023, arXiv:2312.11135, sections 3.1 to 3.3. Read from accounts of it, which leave open what is chosen
 * here: bases are those of a discrete cosine transform of the model's width; slots pass through the maps that make keys
 * and values of tokens (a review says that the paper's are keys and values in one), and share one softmax with them;
 * relative positions are a learned offset a_j per head and distance, in the window alone. Cost a layer: O(T (r + W) d).
 * Recipe: AdamW, rate 1e-3.
 */
import { z } from 'zod'
import {
  add,
  cast,
  concat,
  div,
  full,
  greater,
  matmul,
  mul,
  reshape,
  softmax,
  split,
  stack,
  sum,
  type Tensor,
  transpose,
  where,
} from '../../engine/index.js'
import { matrix } from '../../nn/chunks.js'
import { zero } from '../../nn/initializers.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { lookBack, pastTokens } from '../../nn/look-back.js'
import { parameter } from '../../nn/parameter.js'
import { elementwiseRecurrence } from '../../nn/recurrence.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  slots: count.default(16).describe('r: slots of the memory, at most the model’s width'),
  window: count.default(16).describe('tokens seen one by one, oneself included'),
})
type Config = z.infer<typeof config> & Frame

export const lavo = defineMixer({
  id: 'lavo',
  family: 'linear-attention',
  citation: {
    title: 'Linear Attention via Orthogonal Memory',
    authors: 'Zhang et al.',
    year: 2023,
    arxiv: '2312.11135',
    equations: 'sections 3.1 to 3.3',
  },
  summary: 'Softmax attention to a few orthogonal slots that hold the mean of the context, and to a window.',
  config,
  causal: true,

  validate(c: Config) {
    headsOf('lavo', c)
    if (c.slots > c.dim)
      throw new UserError(`lavo: slots must be at most dim ${c.dim}, got ${c.slots} – use ${c.dim} or fewer`)
  },

  parameters: (c: Config) => ({
    query: linear(c.dim, c.dim, { bias: c.bias }),
    key: linear(c.dim, c.dim, { bias: c.bias }),
    value: linear(c.dim, c.dim, { bias: c.bias }),
    offsets: parameter([c.heads, c.slots + c.window], zero, { decay: false }),
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => ({
    total: { shape: [batch, c.slots], dtype: 'f32', change: 'replace' },
    // The last channel marks tokens: before the first there is none.
    tokens: pastTokens(batch, c.window - 1, 2 * c.dim + 1),
  }),

  project(p, x, { config: c }) {
    const [q, k, v] = applyTogether(x, [p.query, p.key, p.value])
    return { q, k, v, coefficients: matmul(x, bases(c), { transposeB: true }) }
  },

  parallel({ q, k, v, coefficients }, { total, tokens }, { p, config: c, context }) {
    const [B, T] = q.shape
    const D = c.dim / c.heads
    const byHead = (t: Tensor, width = D) => reshape(t, [...t.shape.slice(0, -1), c.heads, width])
    const update = { kept: full([1, 1, 1], 1), written: coefficients }
    const { states, last } = elementwiseRecurrence(update, total, context)
    const seenSoFar = reshape(cast(add(context.positions, 1), 'f32'), [B, T, 1])
    const means = reshape(div(states, seenSoFar), [B, T, 1, c.slots])
    const slotsOf = (map: Tensor) => transpose(byHead(matmul(bases(c), map)), [1, 0, 2])
    const queries = mul(byHead(q), D ** -0.5)

    // [B, T, H, r]: a slot's score and value are its base's, times its coefficient.
    const slotKeys = slotsOf(p.key.parts.weight)
    const perHead = matmul(transpose(queries, [0, 2, 1, 3]), slotKeys, { transposeB: true })
    const slotScores = mul(transpose(perHead, [0, 2, 1, 3]), means)

    const distances = Array.from({ length: c.window }, (_, distance) => distance)
    const marked = concat([k, v, full([B, T, 1], 1)], 2)
    const { seen, past } = lookBack(marked, tokens, distances, context)
    const near = stack(seen, 2)
    const [keys, values, marks] = split(near, [c.dim, c.dim, 1], 3)
    const tokenScores = sum(mul(reshape(queries, [B, T, 1, c.heads, D]), byHead(keys)), -1)
    const visible = where(greater(marks, 0.5), tokenScores, Number.NEGATIVE_INFINITY)
    const scores = add(concat([slotScores, transpose(visible, [0, 1, 3, 2])], 3), p.offsets)
    const [onSlots, onTokens] = split(softmax(scores), [c.slots, c.window], 3)

    const read = transpose(mul(onSlots, means), [0, 2, 1, 3])
    const fromSlots = transpose(matmul(read, slotsOf(p.value.parts.weight)), [0, 2, 1, 3])
    const weights = reshape(transpose(onTokens, [0, 1, 3, 2]), [B, T, c.window, c.heads, 1])
    const fromTokens = sum(mul(weights, byHead(values)), 2)
    return { y: add(fromSlots, fromTokens), state: { total: last, tokens: past } }
  },

  output: (p, y, _, { config: c }) => p.output(reshape(y, [y.shape[0], y.shape[1], c.dim])),
})

/** Rows of the discrete cosine transform of the fourth kind, [r, dim]. */
function bases({ slots, dim }: Config): Tensor {
  return matrix(slots, dim, (i, j) => Math.sqrt(2 / dim) * Math.cos((Math.PI / dim) * (i + 0.5) * (j + 0.5)))
}
