/**
 * Multi-head latent attention: softmax attention whose keys and values are all made of one short vector a token, so that
 * the cache holds that vector instead of them.
 *
 *   c_t = norm(x_t W_c),  p_t = turn(x_t W_p)                     what is kept of a token: r and R numbers for all heads
 *   q_t, u_t = c'_t W_q, turn(c'_t W_u),  c'_t = norm(x_t W_c')   per head; or straight from x_t
 *   s_ts = (q_t · c_s U_h + u_t · p_s) / √(K + R),  o_t = Σ_{s≤t} softmax_s(s_ts) c_s V_h
 *
 * DeepSeek-AI 2024, arXiv:2405.04434, equations 9 to 19, appendix C. U is applied to queries and V to what was read, as
 * section 2.1.2 says, so that every form is attention to the kept vectors as one shared key. Whatever `rank` is, norms
 * add 1e-6, as the authors' code does. State: the kept vectors of all tokens, r + R numbers each. Cost a layer:
 * O(T² H (r + R)), O(T H (r + R)) for a new token. Recipe: AdamW; r about half the width of a layer's keys.
 */
import { z } from 'zod'
import { type Cache, concat, matmul, mul, name, slice, type Tensor } from '../../engine/index.js'
import { attend } from '../../nn/attention.js'
import { causalBias } from '../../nn/documents.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { fanIn } from '../../nn/initializers.js'
import { linear, norm } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { rotary } from '../../nn/rotary.js'
import { documentNumbers, pastBias } from '../../nn/window.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, longestTurned, positive, rotaryScaling } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  rank: count.default(64).describe('r: numbers kept of a token for keys and values'),
  queryRank: count.optional().describe('numbers that queries are made of; the model’s features by default'),
  keyWidth: count.optional().describe('K: features of a head’s keys without positions; dim / heads by default'),
  turnedWidth: count.default(16).describe('R: features of a head’s keys that positions turn'),
  valueWidth: count.optional().describe('features of a head’s values; dim / heads by default'),
  rotaryBase: positive.default(10_000).describe('pair i rotates base^(2i / R) times slower than the first'),
  rotaryScaling: rotaryScaling.optional().describe('positions stretched for longer texts'),
  scale: positive.optional().describe('factor on scores; 1 / √(K + R) by default'),
})
type Config = z.infer<typeof config> & Frame

function sizes(c: Config) {
  const width = c.dim / c.heads
  return { keyWidth: c.keyWidth ?? width, valueWidth: c.valueWidth ?? width }
}
const rms = (width: number) => norm('rms', width, 1e-6)

export const latentAttention = defineMixer({
  id: 'latent-attention',
  family: 'attention',
  citation: {
    title: 'DeepSeek-V2: A Strong, Economical, and Efficient Mixture-of-Experts Language Model',
    authors: 'DeepSeek-AI',
    year: 2024,
    arxiv: '2405.04434',
    equations: '9 to 19',
  },
  summary: 'Softmax attention that keeps one short vector a token, of which all heads make their keys and values.',
  config,
  causal: true,
  cost: 'quadratic',
  longest: longestTurned,

  validate(c: Config) {
    const { keyWidth, valueWidth } = sizes(c)
    if (!Number.isInteger(keyWidth) || !Number.isInteger(valueWidth))
      throw new UserError(
        `latent-attention: heads must divide dim ${c.dim}, got ${c.heads} – or set keyWidth and valueWidth`,
      )
    if (c.turnedWidth % 2 !== 0)
      throw new UserError(`latent-attention: turnedWidth must be even, got ${c.turnedWidth} – use ${c.turnedWidth + 1}`)
  },

  parameters(c: Config) {
    const { dim, heads, rank, queryRank, turnedWidth, bias } = c
    const { keyWidth, valueWidth } = sizes(c)
    return {
      queryDown: queryRank === undefined ? undefined : linear(dim, queryRank, { bias }),
      queryNorm: queryRank === undefined ? undefined : rms(queryRank),
      query: linear(queryRank ?? dim, heads * keyWidth, { bias: false }),
      turnedQuery: linear(queryRank ?? dim, heads * turnedWidth, { bias: false }),
      down: linear(dim, rank, { bias }),
      norm: rms(rank),
      turnedKey: linear(dim, turnedWidth, { bias }),
      keyUp: parameter([heads, keyWidth, rank], fanIn(rank)),
      valueUp: parameter([heads, rank, valueWidth], fanIn(rank)),
      output: linear(heads * valueWidth, dim, { bias }),
    }
  },

  state: ({ rank, turnedWidth }: Config, { batch, capacity }) => ({
    keys: { shape: [batch, 1, capacity, rank + turnedWidth], dtype: 'f32', change: { append: 2 } },
    documents: { shape: [batch, capacity], dtype: 'i32', change: { append: 1 } },
  }),

  project(p, x, { config: c, context }) {
    const { keyWidth } = sizes(c)
    const turn = (t: Tensor) => rotary(t, context.positions, c.rotaryBase, c.rotaryScaling)
    const source = p.queryDown ? p.queryNorm!(p.queryDown(x)) : x
    const query = matmul(splitHeads(p.query(source), c.heads), p.keyUp)
    const turned = turn(splitHeads(p.turnedQuery(source), c.heads))
    const factor = (c.scale ?? (keyWidth + c.turnedWidth) ** -0.5) * Math.sqrt(c.rank + c.turnedWidth)
    return {
      q: mul(concat([query, turned], 3), factor),
      latent: name(splitHeads(p.norm(p.down(x)), 1), 'latent'),
      turned: turn(splitHeads(p.turnedKey(x), 1)),
    }
  },

  parallel({ q, latent, turned }, { keys, documents }: { keys: Cache; documents: Cache }, { config: c, context }) {
    const k = concat([latent, turned], 3)
    const past = {
      keys: keys.buffer,
      values: slice(keys.buffer, 3, 0, c.rank),
      bias: pastBias(documents, undefined, context),
    }
    return {
      y: attend(q, k, latent, causalBias(context), past),
      state: { keys: k, documents: documentNumbers(context) },
    }
  },

  output: (p, y) => p.output(mergeHeads(matmul(y, p.valueUp))),
})
