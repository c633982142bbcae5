/**
 * TransNormerLLM: linear attention with one fixed decay a head, rotated features and an output gate, computed by blocks
 * as Lightning Attention does.
 *
 *   q, k = swish(x W_q), swish(x W_k),  LRPE-d: a_ts = Σ_d q_td k_sd cos(θ_d (t − s)) λ^(t−s)
 *   S_t = λ S_{t−1} + k̂_t v_tᵀ          state [B, H, 2K, V] (K without rotation), constant in T
 *   o_t = S_tᵀ q̂_t,  y_t = (srms(o_t) ∘ x_t W_u) W_o,  srms(o) = o / rms(o) over all heads
 *
 * Qin et al. 2023, arXiv:2307.14995, section 3 (LRPE-d, λ_h = exp(−8 h/H · (1 − l/L)), θ learned, gate, norm); models
 * built on it have ALiBi's 2^{−8h/H} for 8 h/H. Blocks from Qin et al. 2024, arXiv:2401.04658 and arXiv:2405.17381,
 * algorithm 1. A mixer does not know its layer l of L: `strength` is the factor 1 − l/L. Cosines only, which is the
 * real part of the paper's complex form. Cost a layer: O(T (C + K) V) for blocks of C tokens. Recipe: rotation in the
 * first layer only, sglu between.
 */
import { z } from 'zod'
import { broadcastTo, constant, mul, name, reshape, rmsNorm, silu, split, type Tensor } from '../../engine/index.js'
import { matrixMemory } from '../../nn/decay.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { linearPositions } from '../../nn/linear-positions.js'
import { defineDecayMixer } from '../decay-mixer.js'
import type { Frame } from '../mixer.js'
import { count, headsOf, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  rotation: z.boolean().default(true).describe('turn features by their positions'),
  strength: z.number().nonnegative().default(1).describe('factor on the log decays; 0 for none'),
  chunk: powerOfTwo.default(64).describe('tokens of a block'),
})
type Config = z.infer<typeof config> & Frame

/** Keeps the norm from amplifying rounding where a strongly decayed state holds next to nothing. */
const epsilon = 1e-4

const width = ({ dim, heads }: Config) => dim / heads

export const transnormerLlm = defineDecayMixer({
  id: 'transnormer-llm',
  family: 'linear-attention',
  citation: {
    title: 'Scaling TransNormer to 175 Billion Parameters',
    authors: 'Qin et al.',
    year: 2023,
    arxiv: '2307.14995',
    equations: 'section 3',
  },
  summary: 'Linear attention with fixed decays and rotated features, by blocks: Lightning Attention.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('transnormer-llm', c),

  parameters: (c: Config) => ({
    features: linear(c.dim, 2 * c.dim, { bias: c.bias }),
    value: linear(c.dim, c.dim, { bias: c.bias }),
    gate: linear(c.dim, c.dim, { bias: c.bias }),
    turn: c.rotation ? linearPositions(c.heads, width(c)) : undefined,
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => matrixMemory(batch, c.heads, width(c) * (c.rotation ? 2 : 1), width(c)),

  project(p, x, { config: c, context: { positions, documents, carriedDocument } }) {
    const [features, value, gate] = applyTogether(x, [p.features, p.value, p.gate])
    const [q, k] = split(silu(features), 2, 2).map((part) => splitHeads(part, c.heads))
    const v = splitHeads(value, c.heads)
    const slopes = Array.from({ length: c.heads }, (_, h) => ((-8 * (h + 1)) / c.heads) * c.strength)
    const [B, , T] = v.shape
    const logDecay = broadcastTo(reshape(constant(slopes), [1, c.heads, 1, 1]), [B, c.heads, T, 1])
    const turn = (t: Tensor) => (p.turn ? p.turn(t, positions) : t)
    return {
      q: mul(turn(q), width(c) ** -0.5),
      k: turn(k),
      v,
      logDecay: name(logDecay, 'decay'),
      gate,
      documents,
      carriedDocument,
    }
  },

  output: (p, y, { gate }) => p.output(mul(rmsNorm(mergeHeads(y), 1, epsilon), gate)),
})
