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
import { logSigmoid, maximum, mul, name, type Tensor } from '../../engine/index.js'
import { matrixMemory } from '../../nn/decay.js'
import { gatedOutput, shareHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { UserError } from '../../platform/errors.js'
import { defineDecayMixer } from '../decay-mixer.js'
import type { Frame } from '../mixer.js'
import { count, headsOf, positive, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  keyRatio: positive.max(4).default(0.5).describe('key width as a fraction of the model width, rounded down'),
  valueRatio: positive.max(8).default(1).describe('value width as a multiple of the model width, rounded down'),
  keyHeads: count
    .optional()
    .describe('heads of keys, values and decays, each shared by heads / keyHeads; all by default'),
  outputGate: z.boolean().default(true).describe('gate what is read, by swish of a map'),
  normScale: z.boolean().default(true).describe('a scale in the norm of what is read'),
  leastLogDecay: z.number().negative().optional().describe('logarithms of decays are at least this'),
  gateRank: count.default(16).describe('rank of the map that makes the decays'),
  temperature: positive.default(16).describe('τ: larger keeps longer'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

const keyWidth = (c: Config) => Math.trunc(c.dim * c.keyRatio)
const valueWidth = (c: Config) => Math.trunc(c.dim * c.valueRatio)
const keyHeads = (c: Config) => c.keyHeads ?? c.heads
/** Of what heads share. */
const ofShared = (c: Config, width: number) => (width / c.heads) * keyHeads(c)

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
    headsOf('gla', { ...c, dim: valueWidth(c) })
    if (keyWidth(c) % c.heads !== 0)
      throw new UserError(
        `gla: heads ${c.heads} must divide the key width dim · keyRatio = ${keyWidth(c)} – change heads or keyRatio`,
      )
    if (c.heads % keyHeads(c) !== 0)
      throw new UserError(`gla: keyHeads must divide heads ${c.heads}, got ${c.keyHeads}`)
  },

  parameters: (c: Config) => ({
    query: linear(c.dim, keyWidth(c), { bias: c.bias }),
    key: linear(c.dim, ofShared(c, keyWidth(c)), { bias: c.bias }),
    value: linear(c.dim, ofShared(c, valueWidth(c)), { bias: c.bias }),
    gate: c.outputGate ? linear(c.dim, valueWidth(c), { bias: c.bias }) : undefined,
    decayDown: linear(c.dim, c.gateRank, { bias: c.bias }),
    decayUp: linear(c.gateRank, ofShared(c, keyWidth(c))),
    norm: norm(c.normScale ? 'rms' : 'rms-plain', valueWidth(c) / c.heads, c.epsilon),
    output: linear(valueWidth(c), c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => matrixMemory(batch, c.heads, keyWidth(c) / c.heads, valueWidth(c) / c.heads),

  project(p, x, { config: c, context: { documents, carriedDocument } }) {
    const shared = (t: Tensor) => shareHeads(splitHeads(t, keyHeads(c)), c.heads)
    const gates = p.gate ? [p.gate] : []
    const [q, k, v, ...rest] = applyTogether(x, [p.query, p.key, p.value, ...gates, p.decayDown])
    const [low, gate] = rest.toReversed()
    const logDecay = mul(logSigmoid(p.decayUp(low)), 1 / c.temperature)
    const bounded = c.leastLogDecay === undefined ? logDecay : maximum(logDecay, c.leastLogDecay)
    return {
      q: mul(splitHeads(q, c.heads), (keyWidth(c) / c.heads) ** -0.5),
      k: shared(k),
      v: shared(v),
      logDecay: name(shared(bounded), 'decay'),
      gate,
      documents,
      carriedDocument,
    }
  },

  output: (p, y, { gate }) => gatedOutput(p, y, gate),
})
