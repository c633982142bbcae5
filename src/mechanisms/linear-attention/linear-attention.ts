/**
 * Linear attention: softmax's weights replaced by products of positive features, which a state can add up.
 *
 *   S_t = S_{t−1} + φ(k_t) v_tᵀ,  z_t = z_{t−1} + φ(k_t)      φ(x) = elu(x) + 1
 *   o_t = S_tᵀ φ(q_t) / (z_t · φ(q_t) + ε)                    state [S, z], [B, H, K, V + 1], constant in T
 *
 * Katharopoulos et al. 2020, arXiv:2006.16236: recurrence eq. 16 to 20, feature map eq. 7. Cost a layer: O(T (C + K) V)
 * for chunks of C tokens. Recipe: AdamW, rate 1e-3 at d = 256.
 */
import type { z } from 'zod'
import { chunkLength } from '../../nn/chunks.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { eluPlusOne, kernelChunked, kernelMemory, plainKernel } from '../../nn/kernel-attention.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { defineMixer, type Frame } from '../mixer.js'
import { headsInChunks, headsOf } from '../settings.js'

const config = headsInChunks
type Config = z.infer<typeof config> & Frame

export const linearAttention = defineMixer({
  id: 'linear-attention',
  family: 'linear-attention',
  citation: {
    title: 'Transformers are RNNs: Fast Autoregressive Transformers with Linear Attention',
    authors: 'Katharopoulos et al.',
    year: 2020,
    arxiv: '2006.16236',
    equations: '7, 16 to 20',
  },
  summary: 'Attention by products of positive features: a matrix state that only ever adds.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('linear-attention', c),

  parameters: (c: Config) => ({
    query: linear(c.dim, c.dim, { bias: c.bias }),
    key: linear(c.dim, c.dim, { bias: c.bias }),
    value: linear(c.dim, c.dim, { bias: c.bias }),
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => kernelMemory(batch, c.heads, c.dim / c.heads, c.dim / c.heads),

  project(p, x, { config: c, context: { documents, carriedDocument } }) {
    const [q, k, v] = applyTogether(x, [p.query, p.key, p.value]).map((t) => splitHeads(t, c.heads))
    return { q: eluPlusOne(q), k: eluPlusOne(k), v, documents, carriedDocument }
  },

  parallel: (inputs, state) => kernelChunked(plainKernel, inputs, state, chunkLength(inputs.q.shape[2])),
  chunked: (inputs, state, { config: c }) => kernelChunked(plainKernel, inputs, state, c.chunk),
  step: (inputs, state) => kernelChunked(plainKernel, inputs, state, 1),

  output: (p, y) => p.output(mergeHeads(y)),
})
