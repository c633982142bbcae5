/**
 * LightNet: linear attention whose keys are softmaxed over the tokens they compete with, one scan for any order of them.
 *
 *   z_t = log Σ_{s≤t} exp(k_s),  S_t = Σ_{s≤t} exp(k_s − z_t) v_sᵀ = diag(exp(z_{t−1} − z_t)) S_{t−1} + exp(k_t − z_t) v_tᵀ
 *   o_t = S_tᵀ q_t,  y_t = (rms(o_t) ∘ sigmoid(x_t W_g)) W_o,  q = swish(x W_q) with positions by angles
 *   state S [B, H, 2K, V] and z [B, H, K], constant in T; both ways, the sums go over the document and there is none
 *
 * Qin et al. 2024, arXiv:2405.21022: additive recurrence section 3.2, layer section 3.3. Positions are the linear
 * relative ones of one dimension (MD-LRPE), which flash-linear-attention leaves out, gating by a low-rank swish; the
 * Toeplitz encoding MD-TPE belongs in front of a model, not into a layer. Rotated features multiply the softmaxed keys.
 * Cost a layer: O(T (C + K) V), and one pass token by token over z; both ways and packed, O(T² d). Recipe: AdamW, rate
 * 1e-3 at d = 256.
 */
import { z } from 'zod'
import { concat, exp, mul, name, sigmoid, silu, sub, type Tensor } from '../../engine/index.js'
import { attendBothWays, documentLogSums } from '../../nn/both-ways.js'
import { decayChunked, matrixMemory } from '../../nn/decay.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { linearPositions } from '../../nn/linear-positions.js'
import { emptyTotal, runningSoftmax } from '../../nn/slots.js'
import { defineMixer, type Frame, type StateSize } from '../mixer.js'
import { count, headsOf, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  causal: z.boolean().default(true).describe('see the past alone'),
  positions: z.boolean().default(true).describe('relative positions by learned angles'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

const width = ({ dim, heads }: Config) => dim / heads

function state(c: Config, { batch }: StateSize) {
  const total = { shape: [batch, c.heads, width(c)], dtype: 'f32', change: 'replace', fill: emptyTotal } as const
  const all = { ...matrixMemory(batch, c.heads, width(c) * (c.positions ? 2 : 1), width(c)), total }
  return (c.causal ? all : {}) as typeof all
}

export const lightnet = defineMixer({
  id: 'lightnet',
  family: 'linear-attention',
  citation: {
    title: 'You Only Scan Once: Efficient Multi-dimension Sequential Modeling with LightNet',
    authors: 'Qin et al.',
    year: 2024,
    arxiv: '2405.21022',
    equations: 'section 3.2, section 3.3',
  },
  summary: 'Linear attention whose keys are softmaxed over all tokens seen.',
  config,
  causal: ({ causal }) => causal,

  validate: (c: Config) => void headsOf('lightnet', c),

  parameters: (c: Config) => ({
    query: linear(c.dim, c.dim, { bias: c.bias }),
    key: linear(c.dim, c.dim, { bias: c.bias }),
    value: linear(c.dim, c.dim, { bias: c.bias }),
    gate: linear(c.dim, c.dim, { bias: c.bias }),
    positions: c.positions ? linearPositions(c.heads, width(c)) : undefined,
    norm: norm('rms', c.dim),
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state,

  project(p, x, { config: c }) {
    const [q, k, v, gate] = applyTogether(x, [p.query, p.key, p.value, p.gate])
    const split = (t: Tensor) => splitHeads(t, c.heads)
    return { q: split(silu(q)), keys: name(split(k), 'keys'), v: split(v), gate }
  },

  parallel({ q, keys, v }, { memory, total }, { p, config: c, context }) {
    const turn = (t: Tensor) => (p.positions ? p.positions(t, context.positions) : t)
    if (!c.causal) {
      const k = exp(sub(keys, documentLogSums(keys, context)))
      return { y: attendBothWays(turn(q), turn(k), v, context), state: {} as { memory: Tensor; total: Tensor } }
    }
    const { written, logDecay, total: next } = runningSoftmax(keys, total, context)
    const both = p.positions ? concat([logDecay, logDecay], 3) : logDecay
    const { documents, carriedDocument } = context
    const inputs = { q: turn(q), k: turn(written), v, logDecay: both, documents, carriedDocument }
    const { y, state: after } = decayChunked(inputs, { memory }, c.chunk)
    return { y, state: { ...after, total: next } }
  },

  output: (p, y, { gate }) => p.output(mul(p.norm(mergeHeads(y)), sigmoid(gate))),
})
