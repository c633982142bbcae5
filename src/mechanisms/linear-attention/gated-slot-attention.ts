/**
 * Gated slot attention: softmax attention over M slots of memory, which tokens write into and gates empty.
 *
 *   α_t = sigmoid(x_t W_α)^(1/τ)                             what each slot keeps
 *   K̃_t = diag(α_t) K̃_{t−1} + (1 − α_t) k_tᵀ,  Ṽ_t likewise  state [B, H, K, M] and [B, H, M, V], constant in T
 *   o_t = Ṽ_tᵀ softmax(K̃_t q_t / √K)
 *   y_t = norm(swish(o_t)) W_o                               q, k and v through swish, the norm over all heads
 *
 * Zhang et al. 2024, arXiv:2409.07146: recurrence section 3.1, two passes of gated linear attention section 3.2, layer
 * section 3.3. Cost a layer: O(T (C + M) (K + V)) for chunks of C tokens. Recipe: AdamW, rate 1e-3 at d = 256, τ = 8, M
 * = 64 slots.
 */
import { z } from 'zod'
import { logSigmoid, mul, name, silu, type Tensor } from '../../engine/index.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { released, slotMemory, slotsChunked, slotsParallel, slotsStep } from '../../nn/slots.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf, positive, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  slots: count.default(64).describe('M: slots a head'),
  temperature: positive.default(8).describe('τ: larger keeps longer'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

/** A slot takes of a token what it lets go of the past. */
function writing<I extends { logDecay: Tensor }>(inputs: I) {
  return { ...inputs, written: released(inputs.logDecay) }
}

export const gatedSlotAttention = defineMixer({
  id: 'gated-slot-attention',
  family: 'linear-attention',
  citation: {
    title: 'Gated Slot Attention for Efficient Linear-Time Sequence Modeling',
    authors: 'Zhang et al.',
    year: 2024,
    arxiv: '2409.07146',
    equations: 'section 3.1 to 3.3',
  },
  summary: 'Softmax attention over a fixed number of slots, each with a forget gate.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('gated-slot-attention', c),

  parameters: (c: Config) => ({
    query: linear(c.dim, c.dim, { bias: c.bias }),
    key: linear(c.dim, c.dim, { bias: c.bias }),
    value: linear(c.dim, c.dim, { bias: c.bias }),
    forget: linear(c.dim, c.heads * c.slots, { bias: c.bias }),
    norm: norm('rms', c.dim),
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => slotMemory(batch, c.heads, c.slots, c.dim / c.heads, c.dim / c.heads),

  project(p, x, { config: c, context: { documents, carriedDocument } }) {
    const split = (t: Tensor) => splitHeads(t, c.heads)
    const [q, k, v, forget] = applyTogether(x, [p.query, p.key, p.value, p.forget])
    const logDecay = name(mul(logSigmoid(split(forget)), 1 / c.temperature), 'decay')
    return {
      q: mul(split(silu(q)), (c.dim / c.heads) ** -0.5),
      k: split(silu(k)),
      v: split(silu(v)),
      logDecay,
      documents,
      carriedDocument,
    }
  },

  parallel: (inputs, state) => slotsParallel(writing(inputs), state),
  chunked: (inputs, state, { config: c }) => slotsChunked(writing(inputs), state, c.chunk),
  step: (inputs, state) => slotsStep(writing(inputs), state),

  output: (p, y) => p.output(p.norm(silu(mergeHeads(y)))),
})
