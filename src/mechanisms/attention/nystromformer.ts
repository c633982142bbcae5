/**
 * Nyströmformer: softmax attention through m landmarks, the means of as many segments of queries and of keys.
 *
 *   o = softmax(q k̃ᵀ) Z softmax(q̃ kᵀ) v + conv(v),   Z ≈ softmax(q̃ k̃ᵀ)⁺,   scores over √D
 *
 * Xiong et al. 2021, arXiv:2102.03902, equations 13 and 14, Z by equation 11, begun from 1 / (‖A‖₁ ‖A‖∞); a convolution
 * of K taps for each head, over the values, skips it all. Token t of a document of L is in segment ⌊t m / L⌋, as in the
 * paper where m divides L; segments without a token are left out. `begin` of `batch` has one first factor for all rows and
 * heads of a batch, which the authors' code does: then rows are no longer independent, and it is there to read their
 * models. `exact` scores all pairs instead, as that code does where every token is a landmark. Both ways, nothing is
 * carried. Cost a layer: O(T m D + m³); packed documents have landmarks token by token, O(T² m).
 */
import { z } from 'zod'
import {
  add,
  and,
  cast,
  div,
  equal,
  floor,
  full,
  greater,
  iota,
  matmul,
  max,
  maximum,
  minimum,
  mul,
  reshape,
  softmax,
  sum,
  type Tensor,
  unsqueeze,
  where,
} from '../../engine/index.js'
import { attend } from '../../nn/attention.js'
import { mutualBias, sameDocument, scoreBias } from '../../nn/documents.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { fanIn } from '../../nn/initializers.js'
import { identity, iterativeInverse } from '../../nn/iterative-inverse.js'
import { applyTogether, attentionMaps } from '../../nn/layers.js'
import { convolveHeads } from '../../nn/neighbours.js'
import { parameter } from '../../nn/parameter.js'
import { UserError } from '../../platform/errors.js'
import { type Context, defineMixer, type Frame } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  landmarks: count.default(64).describe('m: segments of a document'),
  taps: count.optional().describe('K: tokens that the convolution sees, an odd number; none by default'),
  exact: z.boolean().default(false).describe('score all pairs, without landmarks'),
  begin: z.literal('batch').optional().describe('begin the inverses of a batch from one factor, as the authors’ code'),
})
type Config = z.infer<typeof config> & Frame

export const nystromformer = defineMixer({
  id: 'nystromformer',
  family: 'attention',
  citation: {
    title: 'Nyströmformer: A Nyström-Based Algorithm for Approximating Self-Attention',
    authors: 'Xiong et al.',
    year: 2021,
    arxiv: '2102.03902',
    equations: '11, 13, 14',
  },
  summary: 'Softmax attention to and from the means of a few segments, joined by a pseudoinverse.',
  config,
  causal: false,

  validate(c: Config) {
    headsOf('nystromformer', c)
    if (c.taps !== undefined && c.taps % 2 === 0)
      throw new UserError(
        `nystromformer: taps must be odd, as many before as behind, got ${c.taps} – use ${c.taps + 1}`,
      )
  },

  parameters: (c: Config) => ({
    ...attentionMaps(c.dim, c.bias),
    kernel: c.taps === undefined ? undefined : parameter([c.taps, c.heads], fanIn(c.taps)),
  }),

  state: () => ({}),

  project(p, x, { config: c }) {
    const [q, k, v] = applyTogether(x, [p.query, p.key, p.value])
    const scale = (c.dim / c.heads) ** -0.25
    return { q: mul(splitHeads(q, c.heads), scale), k: mul(splitHeads(k, c.heads), scale), v }
  },

  parallel({ q, k, v }, _, { config: c, context, p }) {
    const values = splitHeads(v, c.heads)
    const D = values.shape[3]
    const y = c.exact
      ? attend(mul(q, Math.sqrt(D)), k, values, mutualBias(context), undefined, 'weights')
      : throughLandmarks(q, k, values, c, context)
    return {
      y: p.kernel ? add(mergeHeads(y), convolveHeads(v, p.kernel, context.documents)) : mergeHeads(y),
      state: {},
    }
  },

  output: (p, y) => p.output(y),
})

/** q, k, v [B, H, T, D]. Landmarks are [B, H, G, m, …]: G is 1 for rows of one document, else each token has its own. */
function throughLandmarks(q: Tensor, k: Tensor, v: Tensor, c: Config, context: Context): Tensor {
  const [B, H, T, D] = q.shape
  const G = context.documents ? T : 1
  const { members, sizes, together } = segments(c.landmarks, context)
  const filled = greater(sizes, 0)
  const shares = unsqueeze(div(cast(members, 'f32'), maximum(sizes, 1)), 1)
  const means = (t: Tensor) => matmul(shares, unsqueeze(t, 2))
  const [queries, keys] = [means(q), means(k)]
  const products = (left: Tensor, right: Tensor) => matmul(left, right, { transposeB: true })
  const row = unsqueeze(filled, 1)
  const hidden = scoreBias(reshape(filled, [filled.shape[0], 1, G, 1, c.landmarks]))

  const toLandmarks = softmax(add(products(reshape(q, [B, H, G, T / G, D]), keys), hidden))
  const between = where(row, softmax(add(products(queries, keys), hidden)), identity(c.landmarks))
  const seen = together ? unsqueeze(scoreBias(together), 1) : 0
  const fromLandmarks = where(row, softmax(add(products(queries, unsqueeze(k, 2)), seen)), 0)
  const columns = sum(between, 3)
  // Rows sum to 1, so the norm of columns alone is divided by.
  const factor = c.begin
    ? div(1, max(max(max(max(columns, 3, { keep: true }), 2, { keep: true }), 1, { keep: true }), 0, { keep: true }))
    : div(1, max(columns, 3, { keep: true }))
  const inverse = iterativeInverse(between, unsqueeze(factor, 4))
  const read = matmul(matmul(toLandmarks, inverse), matmul(fromLandmarks, unsqueeze(v, 2)))
  return reshape(read, [B, H, T, D])
}

/** Which tokens are in each segment, [B, G, m, T], how many, [B, G, m, 1], and with G = T which a token may see at all. */
function segments(m: number, { positions, documents }: Context) {
  const T = positions.shape[1]
  const same = documents && sameDocument(documents, documents)
  const lengths = same ? sum(cast(same, 'f32'), 2) : full([1, 1], T)
  const of = minimum(floor(div(mul(add(cast(positions, 'f32'), 0.25 / m), m), lengths)), m - 1)
  const inside = unsqueeze(equal(unsqueeze(of, 1), unsqueeze(cast(iota(m), 'f32'), 1)), 1)
  const together = same && unsqueeze(same, 2)
  const members = together ? and(inside, together) : inside
  return { members, sizes: sum(cast(members, 'f32'), 3, { keep: true }), together }
}
