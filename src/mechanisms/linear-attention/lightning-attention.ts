/**
 * Lightning Attention as MiniMax-01 has it: linear attention of swish features with one fixed decay a head.
 *
 *   q, k, v = swish(x W_□),  S_t = λ_h S_{t−1} + k_t v_tᵀ,  λ_h = exp(−s 2^{−8h/H})    state [B, H, K, V], constant in T
 *   y_t = (norm(S_tᵀ q_t) ∘ sigmoid(x_t W_g)) W_o                                     norm over all heads
 *
 * MiniMax 2025, arXiv:2501.08313, section 2.2 (by blocks as arXiv:2405.17381, algorithm 1); slopes, swish and the gate
 * as the authors' code has them. A mixer does not know its layer l of L: `strength` is the factor s, 1 − l/(L − 1) there.
 * Cost a layer: O(T (C + K) V) for blocks of C tokens. Recipe: seven such layers, then one of softmax attention.
 */
import { z } from 'zod'
import { broadcastTo, constant, mul, name, reshape, sigmoid } from '../../engine/index.js'
import { activations, activationsBeforeMemory } from '../../nn/activations.js'
import { alibiSlopes } from '../../nn/alibi.js'
import { matrixMemory } from '../../nn/decay.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { defineDecayMixer } from '../decay-mixer.js'
import type { Frame } from '../mixer.js'
import { count, headsInChunks, headsOf } from '../settings.js'

const config = headsInChunks.extend({
  headWidth: count.optional().describe('features of a head; dim / heads by default'),
  activation: z.enum(activationsBeforeMemory).default('silu').describe('of queries, keys and values'),
  strength: z.number().nonnegative().default(1).describe('factor on the log decays; 0 for none'),
})
type Config = z.infer<typeof config> & Frame

const width = (c: Config) => c.headWidth ?? headsOf('lightning-attention', c).width

export const lightningAttention = defineDecayMixer({
  id: 'lightning-attention',
  family: 'linear-attention',
  citation: {
    title: 'MiniMax-01: Scaling Foundation Models with Lightning Attention',
    authors: 'MiniMax',
    year: 2025,
    arxiv: '2501.08313',
    equations: 'section 2.2',
  },
  summary: 'Linear attention of swish features with fixed decays, a norm over all heads and a sigmoid gate.',
  config,
  causal: true,

  validate: (c: Config) => void width(c),

  parameters(c: Config) {
    const map = () => linear(c.dim, c.heads * width(c), { bias: c.bias })
    return {
      query: map(),
      key: map(),
      value: map(),
      gate: map(),
      norm: norm('rms', c.heads * width(c), 1e-6),
      output: linear(c.heads * width(c), c.dim, { bias: c.bias }),
    }
  },

  state: (c: Config, { batch }) => matrixMemory(batch, c.heads, width(c), width(c)),

  project(p, x, { config: c, context: { documents, carriedDocument } }) {
    const [gate, ...features] = applyTogether(x, [p.gate, p.query, p.key, p.value])
    const [q, k, v] = features.map((t) => splitHeads(activations[c.activation](t), c.heads))
    const slopes = alibiSlopes(c.heads).map((slope) => -slope * c.strength)
    const logDecay = broadcastTo(reshape(constant(slopes), [1, c.heads, 1, 1]), [...q.shape.slice(0, 3), 1])
    return { q, k, v, logDecay: name(logDecay, 'decay'), gate, documents, carriedDocument }
  },

  output: (p, y, { gate }) => p.output(mul(p.norm(mergeHeads(y)), sigmoid(gate))),
})
