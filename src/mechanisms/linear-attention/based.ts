/**
 * Based: linear attention whose features are the Taylor expansion of exp to second order, on narrow keys.
 *
 *   φ(x) = (1, x, x⊗x / √2),  φ(q)·φ(k) = 1 + s + s²/2  with  s = q·k / √K
 *   o_t = Σ_{s≤t} φ(q_t)·φ(k_s) v_s / Σ_{s≤t} φ(q_t)·φ(k_s)
 *   state Σ φ(k) [v, 1]ᵀ, [B, H, 1 + K + K(K+1)/2, V + 1], constant in T: K sets its size
 *
 * Arora et al. 2024, arXiv:2402.18668, Taylor linear attention. Its layers of sliding windows are layers of softmax
 * attention with a window; the preset `based` alternates the two. Cost a layer: O(T (C + K²) V) for chunks of C tokens.
 * Recipe: AdamW, rate 1e-3 at d = 256, keys of 16 channels, windows of 16 to 128 tokens.
 */
import type { z } from 'zod'
import { mul } from '../../engine/index.js'
import { chunkLength } from '../../nn/chunks.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { kernelChunked, kernelMemory, taylorKernel } from '../../nn/kernel-attention.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { defineMixer, type Frame } from '../mixer.js'
import { headsOf, keysInChunks } from '../settings.js'

const config = keysInChunks
type Config = z.infer<typeof config> & Frame

export const based = defineMixer({
  id: 'based',
  family: 'linear-attention',
  citation: {
    title: 'Simple linear attention language models balance the recall-throughput tradeoff',
    authors: 'Arora et al.',
    year: 2024,
    arxiv: '2402.18668',
    equations: 'section on Taylor linear attention',
  },
  summary: 'Linear attention with the second-order Taylor features of exp on narrow keys, beside sliding windows.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('based', c),

  parameters: (c: Config) => ({
    query: linear(c.dim, c.heads * c.keyWidth, { bias: c.bias }),
    key: linear(c.dim, c.heads * c.keyWidth, { bias: c.bias }),
    value: linear(c.dim, c.dim, { bias: c.bias }),
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => kernelMemory(batch, c.heads, taylorKernel.width(c.keyWidth), c.dim / c.heads),

  project(p, x, { config: c, context: { documents, carriedDocument } }) {
    const maps = [p.query, p.key, p.value]
    const [q, k, v] = applyTogether(x, maps).map((t) => splitHeads(t, c.heads))
    return { q: mul(q, c.keyWidth ** -0.5), k, v, documents, carriedDocument }
  },

  parallel: (inputs, state) => kernelChunked(taylorKernel, inputs, state, chunkLength(inputs.q.shape[2])),
  chunked: (inputs, state, { config: c }) => kernelChunked(taylorKernel, inputs, state, c.chunk),
  step: (inputs, state) => kernelChunked(taylorKernel, inputs, state, 1),

  output: (p, y) => p.output(mergeHeads(y)),
})
