/**
 * Disentangled attention: what a token says and how far it is away are scored by maps of their own.
 *
 *   A_ts = (q_t·k_s + q_t·k^r_{δ(t,s)} + k_s·q^r_{δ(t,s)}) / √(n D),   k^r = P W_{k,r},  q^r = P W_{q,r},  o_t = Σ_s softmax_s(A_ts) v_s
 *
 * He et al. 2020, arXiv:2006.03654, equation 4; n of the three terms are used. δ is the distance t − s held within
 * [−k, k), P has a row for each. With `buckets`, distances beyond half of them share rows at a logarithmic pace up to
 * `distance`, and `shared` takes the maps of content for P, too: arXiv:2111.09543 and its code. The distance of s as seen
 * from t is meant in both terms, as in the authors' code; the paper's δ(s,t) in the last one is that from s, mirrored.
 * It sees both ways, nothing is carried. Cost a layer: O(T² D + T k d).
 */
import { z } from 'zod'
import {
  add,
  broadcastTo,
  gatherElements,
  matmul,
  mul,
  reshape,
  type Tensor,
  transpose,
  unsqueeze,
} from '../../engine/index.js'
import { attend } from '../../nn/attention.js'
import { mutualBias } from '../../nn/documents.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { gaussian } from '../../nn/initializers.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { distanceRows, rowCount, validateRows } from '../../nn/log-buckets.js'
import { parameter } from '../../nn/parameter.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  terms: z
    .enum(['both', 'content to position', 'position to content'])
    .default('both')
    .describe('which terms beside that of content alone'),
  distance: count
    .default(128)
    .describe('k: distances with a row of their own, or the furthest that buckets tell apart'),
  buckets: count.optional().describe('rows for each direction, shared by far distances; k by default'),
  shared: z.boolean().default(false).describe('positions are mapped by the maps of content'),
  tableNorm: z.boolean().default(false).describe('normalise the rows of positions'),
})
type Config = z.infer<typeof config> & Frame

const reads = ({ terms }: Config) => terms !== 'position to content'
const isRead = ({ terms }: Config) => terms !== 'content to position'

export const disentangledAttention = defineMixer({
  id: 'disentangled-attention',
  family: 'attention',
  citation: {
    title: 'DeBERTa: Decoding-enhanced BERT with Disentangled Attention',
    authors: 'He et al.',
    year: 2020,
    arxiv: '2006.03654',
    equations: '4',
  },
  summary: 'Scores of content with content, content with distance and distance with content are added up.',
  config,
  causal: false,
  cost: 'quadratic',

  validate(c: Config) {
    headsOf('disentangled-attention', c)
    validateRows('disentangled-attention', c)
  },

  parameters(c: Config) {
    const map = () => linear(c.dim, c.dim, { bias: c.bias })
    return {
      query: map(),
      key: map(),
      value: map(),
      table: parameter([rowCount(c), c.dim], gaussian(0.02), { decay: false }),
      tableNorm: c.tableNorm ? norm('layer', c.dim, c.epsilon) : undefined,
      positionKey: reads(c) && !c.shared ? map() : undefined,
      positionQuery: isRead(c) && !c.shared ? linear(c.dim, c.dim) : undefined,
      output: map(),
    }
  },

  state: () => ({}),

  project(p, x, { config: c }) {
    const [q, k, v] = applyTogether(x, [p.query, p.key, p.value]).map((t) => splitHeads(t, c.heads))
    const rows = unsqueeze(p.tableNorm ? p.tableNorm(p.table) : p.table, 0)
    const placed = (map: (t: Tensor) => Tensor) => splitHeads(map(rows), c.heads)
    return {
      q,
      k,
      v,
      positionKeys: reads(c) ? placed(p.positionKey ?? p.key) : undefined,
      positionQueries: isRead(c) ? placed(p.positionQuery ?? p.query) : undefined,
    }
  },

  parallel({ q, k, v, positionKeys, positionQueries }, _, { config: c, context }) {
    const [B, H, T, D] = q.shape
    const used = 1 + Number(reads(c)) + Number(isRead(c))
    const row = distanceRows(context.positions, c)
    const byHead = (index: Tensor) => reshape(broadcastTo(unsqueeze(index, 1), [index.shape[0], H, T, T]), [B, H, T, T])
    const scale = (used * D) ** -0.5
    let bias = mutualBias(context)
    if (positionKeys)
      bias = add(bias, gatherElements(matmul(q, positionKeys, { transposeB: true, scale }), byHead(row), 3))
    if (positionQueries) {
      const scores = matmul(k, positionQueries, { transposeB: true, scale })
      bias = add(bias, transpose(gatherElements(scores, byHead(transpose(row, [0, 2, 1])), 3), [0, 1, 3, 2]))
    }
    return { y: attend(mul(q, used ** -0.5), k, v, bias, undefined, 'weights'), state: {} }
  },

  output: (p, y) => p.output(mergeHeads(y)),
})
