/**
 * Attention with bounded-memory control: softmax attention over M slots, each a weighted mean of all tokens so far,
 * with weights that the tokens themselves say.
 *
 *   a_t = exp(x_t W_φ),  z_t = Σ_{s≤t} a_s,  φ_t = a_t / z_t     per slot
 *   K̃_t = diag(z_{t−1} / z_t) K̃_{t−1} + φ_t k_tᵀ,  Ṽ_t likewise  state [B, H, K, M], [B, H, M, V] and log z [B, H, M]
 *   o_t = Ṽ_tᵀ softmax(K̃_t q_t / √K)
 *
 * Peng et al. 2021, arXiv:2110.02488: bounded memory section 3, learned control (ABC_MLP) section 4, causal form as a
 * recurrence. A slot's mean is kept normalised, which needs no exponential above 1, however large the scores. Equals
 * gated slot attention whose gates are a running softmax. Cost a layer: O(T (C + M) (K + V)) for chunks of C tokens, and
 * one pass token by token over log z. Recipe: AdamW, rate 1e-3 at d = 256, M = 32 slots.
 */
import { z } from 'zod'
import { mul, name, type Tensor } from '../../engine/index.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, linear } from '../../nn/layers.js'
import {
  emptyTotal,
  runningSoftmax,
  type SlotMemory,
  slotMemory,
  slotsChunked,
  slotsParallel,
  slotsStep,
} from '../../nn/slots.js'
import { defineMixer, type Frame, type Setting } from '../mixer.js'
import { count, headsOf, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  slots: count.default(32).describe('M: slots a head'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

interface Held extends SlotMemory {
  readonly total: Tensor
}
interface Projected {
  readonly q: Tensor
  readonly k: Tensor
  readonly v: Tensor
  readonly scores: Tensor
}

/** The slots, after what is written and kept has been worked out. */
function controlled(
  slots: typeof slotsChunked,
  { scores, ...features }: Projected,
  { total, ...memory }: Held,
  { config: c, context }: Pick<Setting<Config, unknown>, 'config' | 'context'>,
) {
  const { documents, carriedDocument } = context
  const control = runningSoftmax(scores, total, context)
  const { y, state } = slots({ ...features, ...control, documents, carriedDocument }, memory, c.chunk)
  return { y, state: { ...state, total: control.total } }
}

export const abc = defineMixer({
  id: 'abc',
  family: 'linear-attention',
  citation: {
    title: 'ABC: Attention with Bounded-memory Control',
    authors: 'Peng et al.',
    year: 2021,
    arxiv: '2110.02488',
    equations: 'section 3, section 4',
  },
  summary: 'Softmax attention over a fixed number of slots, each a learned weighted mean of the past.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('abc', c),

  parameters: (c: Config) => ({
    query: linear(c.dim, c.dim, { bias: c.bias }),
    key: linear(c.dim, c.dim, { bias: c.bias }),
    value: linear(c.dim, c.dim, { bias: c.bias }),
    control: linear(c.dim, c.heads * c.slots, { bias: c.bias }),
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => ({
    ...slotMemory(batch, c.heads, c.slots, c.dim / c.heads, c.dim / c.heads),
    total: { shape: [batch, c.heads, c.slots], dtype: 'f32', change: 'replace', fill: emptyTotal },
  }),

  project(p, x, { config: c }) {
    const maps = [p.query, p.key, p.value, p.control]
    const [q, k, v, scores] = applyTogether(x, maps).map((t) => splitHeads(t, c.heads))
    return { q: mul(q, (c.dim / c.heads) ** -0.5), k, v, scores: name(scores, 'control') }
  },

  parallel: (projected, state, setting) => controlled(slotsParallel, projected, state, setting),
  chunked: (projected, state, setting) => controlled(slotsChunked, projected, state, setting),
  step: (projected, state, setting) => controlled(slotsStep, projected, state, setting),

  output: (p, y) => p.output(mergeHeads(y)),
})
