/**
 * Rebased: linear attention whose kernel is a square, which may be 0 where Based's cannot, of normalised queries and
 * keys with a learned scale and shift.
 *
 *   q ← γ_q ∘ norm(q) + β_q,  k ← γ_k ∘ norm(k) + β_k
 *   o_t = Σ_{s≤t} (q_t·k_s)² v_s / (Σ_{s≤t} (q_t·k_s)² + ε),  scores scaled by 1/√K
 *   state Σ φ(k) [v, 1]ᵀ with φ(k) all products of two channels, [B, H, K(K+1)/2, V + 1], constant in T
 *
 * Aksenov et al. 2024, arXiv:2402.10644, section 4: φ as code uses it, the products of channel pairs, not the squares
 * of single channels that the formula φ(x) = (γ norm(x) + β)² may be read as; γ and β of queries and of keys are two,
 * shared by heads, each normalised by itself; the authors' code normalises all heads at once. ε is 1e-4, ten times the
 * code's: where one token's score nearly vanishes, its weight over itself jumps within √ε of it. Cost a layer: O(T (C +
 * K²) V) for chunks of C tokens. Recipe: AdamW, rate 1e-3 at d = 256, K = 16.
 */
import type { z } from 'zod'
import { mul } from '../../engine/index.js'
import { chunkLength } from '../../nn/chunks.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { kernelChunked, kernelMemory, squareKernel } from '../../nn/kernel-attention.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { defineMixer, type Frame } from '../mixer.js'
import { headsOf, keysInChunks } from '../settings.js'

const config = keysInChunks
type Config = z.infer<typeof config> & Frame

export const rebased = defineMixer({
  id: 'rebased',
  family: 'linear-attention',
  citation: {
    title: 'Linear Transformers with Learnable Kernel Functions are Better In-Context Models',
    authors: 'Aksenov et al.',
    year: 2024,
    arxiv: '2402.10644',
    equations: 'section 4',
  },
  summary: 'Linear attention with squared scores of normalised queries and keys, learned in scale and shift.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('rebased', c),

  parameters(c: Config) {
    const narrow = c.heads * c.keyWidth
    return {
      query: linear(c.dim, narrow, { bias: c.bias }),
      key: linear(c.dim, narrow, { bias: c.bias }),
      value: linear(c.dim, c.dim, { bias: c.bias }),
      queryNorm: norm('layer', c.keyWidth),
      keyNorm: norm('layer', c.keyWidth),
      output: linear(c.dim, c.dim, { bias: c.bias }),
    }
  },

  state: (c: Config, { batch }) => kernelMemory(batch, c.heads, squareKernel.width(c.keyWidth), c.dim / c.heads),

  project(p, x, { config: c, context: { documents, carriedDocument } }) {
    const maps = [p.query, p.key, p.value]
    const [q, k, v] = applyTogether(x, maps).map((t) => splitHeads(t, c.heads))
    return { q: mul(p.queryNorm(q), c.keyWidth ** -0.5), k: p.keyNorm(k), v, documents, carriedDocument, epsilon: 1e-4 }
  },

  parallel: (inputs, state) => kernelChunked(squareKernel, inputs, state, chunkLength(inputs.q.shape[2])),
  chunked: (inputs, state, { config: c }) => kernelChunked(squareKernel, inputs, state, c.chunk),
  step: (inputs, state) => kernelChunked(squareKernel, inputs, state, 1),

  output: (p, y) => p.output(mergeHeads(y)),
})
