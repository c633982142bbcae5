/**
 * Gated linear attention: linear attention whose state forgets, channel by channel, as the input decides.
 *
 *   α_t = sigmoid(x_t W₁ W₂ + b)^(1/τ)        what is kept, per key channel
 *   S_t = diag(α_t) S_{t−1} + k_t v_tᵀ        state [B, H, K, V], constant in T
 *   o_t = S_tᵀ q_t / √K
 *   y_t = (swish(x_t W_r) ∘ norm(o_t)) W_o    an output gate, each head normalised
 *
 * Yang et al. 2023, arXiv:2312.06635: recurrence eq. 3, gates section 4.4, chunked form section 4.2 with exact decays;
 * the norm is RMS as in its code, the paper's LayerNorm. Cost a layer: O(T (C + K) V) for chunks of C tokens. Recipe:
 * AdamW, rate 1e-3 at d = 256, keys half as wide as values.
 */
import { z } from 'zod'
import { logSigmoid, mul, name, silu, type Tensor } from '../../engine/index.js'
import { matrixMemory } from '../../nn/decay.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { UserError } from '../../platform/errors.js'
import { defineDecayMixer } from '../decay-mixer.js'
import type { Frame } from '../mixer.js'
import { count, headsOf, positive, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  keyRatio: positive.max(4).default(0.5).describe('key width as a fraction of the model width'),
  gateRank: count.default(16).describe('rank of the map that makes the decays'),
  temperature: positive.default(16).describe('τ: larger keeps longer'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

const keyWidth = (c: Config) => c.dim * c.keyRatio

export const gla = defineDecayMixer({
  id: 'gla',
  family: 'linear-attention',
  citation: {
    title: 'Gated Linear Attention Transformers with Hardware-Efficient Training',
    authors: 'Yang et al.',
    year: 2023,
    arxiv: '2312.06635',
    equations: '3, section 4.2, section 4.4',
  },
  summary: 'Linear attention whose matrix state forgets per key channel, as the input decides.',
  config,
  causal: true,

  validate(c: Config) {
    headsOf('gla', c)
    if (keyWidth(c) % c.heads !== 0)
      throw new UserError(
        `gla: heads ${c.heads} must divide the key width dim · keyRatio = ${keyWidth(c)} – change heads or keyRatio`,
      )
  },

  parameters: (c: Config) => ({
    query: linear(c.dim, keyWidth(c), { bias: c.bias }),
    key: linear(c.dim, keyWidth(c), { bias: c.bias }),
    value: linear(c.dim, c.dim, { bias: c.bias }),
    gate: linear(c.dim, c.dim, { bias: c.bias }),
    decayDown: linear(c.dim, c.gateRank, { bias: c.bias }),
    decayUp: linear(c.gateRank, keyWidth(c)),
    norm: norm('rms', c.dim / c.heads),
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => matrixMemory(batch, c.heads, keyWidth(c) / c.heads, c.dim / c.heads),

  project(p, x, { config: c, context: { documents, carriedDocument } }) {
    const split = (t: Tensor) => splitHeads(t, c.heads)
    const [q, k, v, gate, low] = applyTogether(x, [p.query, p.key, p.value, p.gate, p.decayDown])
    return {
      q: mul(split(q), (keyWidth(c) / c.heads) ** -0.5),
      k: split(k),
      v: split(v),
      logDecay: name(mul(split(logSigmoid(p.decayUp(low))), 1 / c.temperature), 'decay'),
      gate,
      documents,
      carriedDocument,
    }
  },

  output: (p, y, { gate }) => p.output(mul(mergeHeads(p.norm(y)), silu(gate))),
})
