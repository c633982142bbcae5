/**
 * NormAttention: linear attention without a denominator, its result normalised instead, so that gradients stay bounded.
 *
 *   S_t = S_{t−1} + φ(k_t) v_tᵀ,  φ(x) = 1 + elu(x)     state [B, H, K, V], constant in T
 *   o_t = rms norm(S_tᵀ φ(q_t))
 *
 * Qin et al. 2022, arXiv:2210.10340, section 4; the late layers of a TransNormer, above diag-attention. Each head is
 * normalised by itself, where published code normalises all of them at once. Cost a layer: O(T (C + K) V) for chunks of
 * C tokens. Recipe: AdamW, rate 1e-3 at d = 256.
 */
import type { z } from 'zod'
import { mul, split, zeros } from '../../engine/index.js'
import { matrixMemory } from '../../nn/decay.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { eluPlusOne } from '../../nn/kernel-attention.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { defineDecayMixer } from '../decay-mixer.js'
import type { Frame } from '../mixer.js'
import { headsInChunks, headsOf } from '../settings.js'
import { transnormerPaper } from './diag-attention.js'

const config = headsInChunks
type Config = z.infer<typeof config> & Frame

export const normAttention = defineDecayMixer({
  id: 'norm-attention',
  family: 'linear-attention',
  citation: { ...transnormerPaper, equations: 'section 4' },
  summary: 'Linear attention that normalises its result instead of dividing by the sum of its weights.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('norm-attention', c),

  parameters: ({ dim, heads, bias }: Config) => ({
    features: linear(dim, 2 * dim, { bias }),
    value: linear(dim, dim, { bias }),
    norm: norm('rms', dim / heads),
    output: linear(dim, dim, { bias }),
  }),

  state: ({ dim, heads }: Config, { batch }) => matrixMemory(batch, heads, dim / heads, dim / heads),

  project(p, x, { config: { heads, dim }, context: { documents, carriedDocument } }) {
    const [features, value] = applyTogether(x, [p.features, p.value])
    const [q, k] = split(eluPlusOne(features), 2, 2).map((part) => splitHeads(part, heads))
    const [B, H, T] = q.shape
    const scale = (dim / heads) ** -0.5
    const logDecay = zeros([B, H, T, 1])
    return { q: mul(q, scale), k, v: splitHeads(value, heads), logDecay, documents, carriedDocument }
  },

  output: (p, y) => p.output(mergeHeads(p.norm(y))),
})
