/**
 * The attention of XLNet: scores of content and of distance, each with a bias of queries, to everything at once.
 *
 *   A_ts = (q_t + u)·k_s + (q_t + w)·(W_R r_{t−s}),   r_n: sinusoids of n,   o_t = Σ_s softmax_s(A_ts / √D) v_s
 *
 * Yang et al. 2019, arXiv:1906.08237, section 2.4, with the scores of Dai et al. 2019, arXiv:1901.02860, section 3.3.
 * Both ways, where n may be negative, or the past alone. Factorisation orders and a second stream are the objective's.
 * State: none both ways, else keys and values of all tokens. Cost a layer: O(T² D + T d²), O(T d) for a new token.
 */
import { z } from 'zod'
import {
  add,
  broadcastTo,
  concat,
  constant,
  cos,
  gatherElements,
  matmul,
  maximum,
  minimum,
  sin,
  sub,
  type Tensor,
  unsqueeze,
} from '../../engine/index.js'
import { attend } from '../../nn/attention.js'
import { causalBias, mutualBias } from '../../nn/documents.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { zero } from '../../nn/initializers.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { documentNumbers, pastBias } from '../../nn/window.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  causal: z.boolean().default(false).describe('see the past alone'),
  clamp: count.optional().describe('distances beyond this one count as it; all are told apart by default'),
})
type Config = z.infer<typeof config> & Frame

export const xlnet = defineMixer({
  id: 'xlnet',
  family: 'attention',
  citation: {
    title: 'XLNet: Generalized Autoregressive Pretraining for Language Understanding',
    authors: 'Yang et al.',
    year: 2019,
    arxiv: '1906.08237',
    equations: 'section 2.4',
  },
  summary: 'Attention whose scores of content and of distance have a bias each, both ways or to the past.',
  config,
  causal: ({ causal }) => causal,
  cost: 'quadratic',

  validate(c: Config) {
    headsOf('xlnet', c)
    if (c.dim % 2 !== 0)
      throw new UserError(`xlnet: dim must be even for its sinusoids, got ${c.dim} – use ${c.dim + 1}`)
  },

  parameters(c: Config) {
    const map = () => linear(c.dim, c.dim, { bias: false })
    const ofQueries = () => parameter([c.heads, 1, c.dim / c.heads], zero, { decay: false })
    return {
      query: map(),
      key: map(),
      value: map(),
      distance: map(),
      contentBias: ofQueries(),
      distanceBias: ofQueries(),
      output: linear(c.dim, c.dim, { bias: c.bias }),
    }
  },

  state(c: Config, { batch, capacity }) {
    const features = {
      shape: [batch, c.heads, capacity, c.dim / c.heads],
      dtype: 'f32',
      change: { append: 2 },
    } as const
    const numbers = { shape: [batch, capacity], dtype: 'i32', change: { append: 1 } } as const
    const all = { keys: features, values: features, documents: numbers, positions: numbers }
    return (c.causal ? all : {}) as typeof all
  },

  project(p, x, { config: c }) {
    const [q, k, v] = applyTogether(x, [p.query, p.key, p.value]).map((t) => splitHeads(t, c.heads))
    return { content: add(q, p.contentBias), distance: add(q, p.distanceBias), k, v }
  },

  parallel({ content, distance, k, v }, state, { config: c, context, p }) {
    const { positions } = context
    const T = positions.shape[1]
    const scored = (hidden: Tensor, keys: Tensor, reach: number) => {
      const rows = splitHeads(p.distance(sinusoids(c, reach)), c.heads)
      return add(
        hidden,
        byDistance(matmul(distance, rows, { transposeB: true, scale: (c.dim / c.heads) ** -0.5 }), positions, keys),
      )
    }
    if (!c.causal) {
      return {
        y: attend(content, k, v, scored(mutualBias(context), positions, T - 1), undefined, 'weights'),
        state: {} as Leaves,
      }
    }
    const past = {
      keys: state.keys.buffer,
      values: state.values.buffer,
      bias: scored(
        pastBias(state.documents, undefined, context),
        state.positions.buffer,
        T - 1 + state.keys.buffer.shape[2],
      ),
    }
    return {
      y: attend(content, k, v, scored(causalBias(context), positions, T - 1), past, 'weights'),
      state: { keys: k, values: v, documents: documentNumbers(context), positions },
    }
  },

  output: (p, y) => p.output(mergeHeads(y)),
})

type Leaves = Readonly<Record<'keys' | 'values' | 'documents' | 'positions', Tensor>>

/** Sinusoids of the distances −reach … reach, [1, 2 · reach + 1, dim]. */
function sinusoids({ dim, clamp = Number.POSITIVE_INFINITY }: Config, reach: number): Tensor {
  const half = dim / 2
  const angles = Float32Array.from({ length: (2 * reach + 1) * half }, (_, index) => {
    const distance = Math.floor(index / half) - reach
    return Math.min(Math.max(distance, -clamp), clamp) * 10_000 ** (-(index % half) / half)
  })
  const at = constant(angles, [1, 2 * reach + 1, half])
  return concat([sin(at), cos(at)], 2)
}

/** From scores by distance [B, H, T, 2 · reach + 1] to scores by key [B, H, T, S]; distances are of positions. */
function byDistance(scores: Tensor, queries: Tensor, keys: Tensor): Tensor {
  const [B, H, T, count] = scores.shape
  const reach = (count - 1) / 2
  const behind = sub(unsqueeze(queries, 2), unsqueeze(keys, 1))
  const index = add(maximum(minimum(behind, reach), -reach), reach)
  return gatherElements(scores, broadcastTo(unsqueeze(index, 1), [B, H, T, keys.shape[1]]), 3)
}
