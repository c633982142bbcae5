/**
 * Transformer-XL: attention that also reads the hidden states of the tokens before this segment, with positions that
 * are relative, so that an old token may be met at any distance.
 *
 *   h̃ = [stop-gradient(m) ; h],   q = h W_q,  k = h̃ W_k,  v = h̃ W_v
 *   A_ts = q_t·k_s + q_t·(W_R r_{t−s}) + u·k_s + w·(W_R r_{t−s}),   r: sinusoids of the distance
 *   o_t = Σ_s softmax_s(A_ts / √D) v_s
 *
 * Dai et al. 2019, arXiv:1901.02860: memory section 3.2, scores section 3.3. Every token sees itself and exactly the
 * `memory` tokens before it (the authors' `same_length`), so a text may be cut into segments anywhere.
 * State: the last `memory` inputs of the layer, [B, M, d]. Cost a layer: O(T (T + M) d), O(M d²) for a new token.
 */
import { z } from 'zod'
import {
  add,
  and,
  argSort,
  broadcastTo,
  cast,
  concat,
  constant,
  cos,
  gatherElements,
  greaterEqual,
  iota,
  less,
  matmul,
  maximum,
  mul,
  name,
  pad,
  reshape,
  sin,
  slice,
  softmax,
  stopGradient,
  sub,
  type Tensor,
  unsqueeze,
  where,
} from '../../engine/index.js'
import { sameDocument, scoreBias } from '../../nn/documents.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { zero } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { UserError } from '../../platform/errors.js'
import { type Context, defineMixer, type Frame } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  memory: count.default(64).describe('tokens before each one that it sees'),
})
type Config = z.infer<typeof config> & Frame

export const transformerXl = defineMixer({
  id: 'transformer-xl',
  family: 'attention',
  citation: {
    title: 'Transformer-XL: Attentive Language Models Beyond a Fixed-Length Context',
    authors: 'Dai et al.',
    year: 2019,
    arxiv: '1901.02860',
    equations: 'section 3.2, section 3.3',
  },
  summary: 'Attention over this segment and a memory of the hidden states before it, with relative positions.',
  config,
  causal: true,
  cost: 'quadratic',
  carries: true,

  validate(c: Config) {
    headsOf('transformer-xl', c)
    if (c.dim % 2 !== 0)
      throw new UserError(`transformer-xl: dim must be even for its sinusoids, got ${c.dim} – use ${c.dim + 1}`)
  },

  parameters: (c: Config) => ({
    query: linear(c.dim, c.dim, { bias: false }),
    key: linear(c.dim, c.dim, { bias: false }),
    value: linear(c.dim, c.dim, { bias: false }),
    distance: linear(c.dim, c.dim, { bias: false }),
    contentBias: parameter([c.heads, 1, c.dim / c.heads], zero, { decay: false }),
    distanceBias: parameter([c.heads, 1, c.dim / c.heads], zero, { decay: false }),
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => ({
    hidden: { shape: [batch, c.memory, c.dim], dtype: 'f32', change: 'replace', stopped: true },
    // −2: an empty slot, the document of no token.
    documents: { shape: [batch, c.memory], dtype: 'i32', change: 'replace', fill: -2 },
  }),

  project: (_, x) => ({ x }),

  parallel({ x }, { hidden, documents }, { config: c, context, p }) {
    const T = x.shape[1]
    const M = c.memory
    const split = (t: Tensor) => splitHeads(t, c.heads)
    const given = concat([stopGradient(hidden), x], 1)
    const own = concat([documents, context.documents ?? ownDocument(context)], 1)
    const order = context.documents && paddingFirst(own)
    const [sources, numbers] = order ? [rows(given, order), rows(own, order)] : [given, own]
    const q = split(p.query(slice(sources, 1, M)))
    const [k, v] = [split(p.key(sources)), split(p.value(sources))]
    const r = split(reshape(p.distance(sinusoids(M, c.dim)), [1, M + 1, c.dim]))

    const scale = (c.dim / c.heads) ** -0.5
    const content = matmul(add(q, p.contentBias), k, { transposeB: true, scale })
    const byDistance = matmul(add(q, p.distanceBias), r, { transposeB: true, scale })
    const scores = add(add(content, alignDistances(byDistance, T, M)), visibility(numbers, T, M))
    const y = mergeHeads(matmul(name(softmax(scores), 'attention'), v))
    return {
      y: order ? rows(y, givenPlaces(order, M)) : y,
      state: { hidden: slice(sources, 1, T), documents: slice(numbers, 1, T) },
    }
  },

  output: (p, y) => p.output(y),
})

/** Without packing, all tokens belong to document 0. */
function ownDocument({ positions }: Context): Tensor {
  return sub(positions, positions)
}

/** Sinusoids of the distances M, …, 1, 0, [M + 1, width]. */
function sinusoids(M: number, width: number): Tensor {
  const rates = constant(
    Float32Array.from({ length: width / 2 }, (_, i) => 10_000 ** ((-2 * i) / width)),
    [1, width / 2],
  )
  const angles = mul(unsqueeze(cast(sub(M, iota(M + 1)), 'f32'), 1), rates)
  return concat([sin(angles), cos(angles)], 1)
}

/**
 * From scores by distance M, …, 0 [B, H, T, M + 1] to scores by source [B, H, T, M + T]: row t moves t places to the
 * right, which is what reading rows of M + T + 1 places as rows of M + T does.
 */
function alignDistances(scores: Tensor, T: number, M: number): Tensor {
  const [B, H] = scores.shape
  const wide = reshape(pad(scores, 3, 0, T), [B, H, T * (M + T + 1)])
  return reshape(slice(wide, 2, 0, T * (M + T)), [B, H, T, M + T])
}

/** Distances 0 … M within one document. */
function visibility(numbers: Tensor, T: number, M: number): Tensor {
  const distance = sub(unsqueeze(add(iota(T), M), 1), unsqueeze(iota(M + T), 0))
  const within = and(greaterEqual(distance, 0), less(distance, M + 1))
  return scoreBias(unsqueeze(and(sameDocument(slice(numbers, 1, M), numbers), within), 1))
}

/**
 * The order of sources [B, M + T] that puts padding and empty slots before all tokens, so that distances count tokens
 * and the memory holds nothing else while there are enough of them.
 */
function paddingFirst(numbers: Tensor): Tensor {
  return argSort(where(greaterEqual(numbers, 0), add(iota(numbers.shape[1]), 1), 0), 1)
}

/** Where the T given tokens went among the last T in this order, [B, T]; padding that left them is put first. */
function givenPlaces(order: Tensor, M: number): Tensor {
  return maximum(sub(slice(argSort(order, 1), 1, M), M), 0)
}

/** Rows of x [B, S, …] by index [B, N]. */
function rows(x: Tensor, index: Tensor): Tensor {
  const wide = x.rank === 2 ? index : broadcastTo(unsqueeze(index, 2), [...index.shape, x.shape[2]])
  return gatherElements(x, wide, 1)
}
