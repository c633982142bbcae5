/**
 * Simplified linear attention: products of ReLU features, normalised, and a depthwise convolution of the values.
 *
 *   S_t = S_{t−1} + φ(k_t) v_tᵀ,  z_t = z_{t−1} + φ(k_t)      φ(x) = relu(x)
 *   o_t = S_tᵀ φ(q_t) / (z_t · φ(q_t) + ε) + Σ_j w_j ∘ v_{t−j}
 *   state [S, z], [B, H, K, V + 1], and the last taps − 1 values, constant in T
 *
 * Guo et al. 2024, arXiv:2405.11582, section 3.3 (SLA). Their images have tokens on all sides; here, as in their language
 * models, sums and convolution reach back alone, the convolution over a line instead of a square. A query that no key
 * answers reads 0, and the convolution is what is left; ε is 0.1 instead of the code’s 1e-6, with which the least answer
 * would make that a whole value: a jump, where ReLU alone is a bend. The other half of the paper, PRepBN, is a norm:
 * `nn/progressive-norm.ts`. Cost a layer: O(T (C + K) V) for chunks of C tokens. Recipe: AdamW, rate 1e-3.
 */
import { z } from 'zod'
import { add, relu, type Tensor } from '../../engine/index.js'
import { chunkLength } from '../../nn/chunks.js'
import type { MatrixMemory } from '../../nn/decay.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { kernelChunked, kernelMemory, plainKernel } from '../../nn/kernel-attention.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { type ShortConvolution, shortConvolution, shortConvolutionState } from '../../nn/short-convolution.js'
import { type Context, defineMixer, type Frame } from '../mixer.js'
import { count, headsOf, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  taps: count.default(3).describe('tokens that the convolution of the values reaches'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

export const simplifiedLinearAttention = defineMixer({
  id: 'simplified-linear-attention',
  family: 'linear-attention',
  citation: {
    title:
      'SLAB: Efficient Transformers with Simplified Linear Attention and Progressive Re-parameterized Batch Normalization',
    authors: 'Guo et al.',
    year: 2024,
    arxiv: '2405.11582',
    equations: 'section 3.3',
  },
  summary: 'Linear attention with ReLU features, and a short convolution of its values.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('simplified-linear-attention', c),

  parameters: (c: Config) => ({
    query: linear(c.dim, c.dim, { bias: c.bias }),
    key: linear(c.dim, c.dim, { bias: c.bias }),
    value: linear(c.dim, c.dim, { bias: c.bias }),
    convolution: shortConvolution(c.dim, c.taps),
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => ({
    ...kernelMemory(batch, c.heads, c.dim / c.heads, c.dim / c.heads),
    values: shortConvolutionState(batch, c.taps, c.dim),
  }),

  project(p, x, { config: c }) {
    const [q, k, v] = applyTogether(x, [p.query, p.key, p.value])
    return { q: splitHeads(relu(q), c.heads), k: splitHeads(relu(k), c.heads), v }
  },

  parallel: (inputs, state, { p, config: c, context }) =>
    attend(inputs, state, p.convolution, { heads: c.heads, context, size: chunkLength(inputs.v.shape[1]) }),
  chunked: (inputs, state, { p, config: c, context }) =>
    attend(inputs, state, p.convolution, { heads: c.heads, context, size: c.chunk }),
  step: (inputs, state, { p, config: c, context }) =>
    attend(inputs, state, p.convolution, { heads: c.heads, context, size: 1 }),

  output: (p, y) => p.output(y),
})

/** A score this large counts as much as reading nothing. */
const epsilon = 0.1

/** In chunks of `size` tokens. */
function attend(
  { q, k, v }: Record<'q' | 'k' | 'v', Tensor>,
  state: MatrixMemory & { readonly values: Tensor },
  convolution: ShortConvolution,
  { heads, context, size }: { heads: number; context: Context; size: number },
) {
  const { documents, carriedDocument } = context
  const inputs = { q, k, v: splitHeads(v, heads), documents, carriedDocument, epsilon }
  const { y: mixed, state: next } = kernelChunked(plainKernel, inputs, state, size)
  const { y: local, past } = convolution(v, state.values, context)
  return { y: add(mergeHeads(mixed), local), state: { ...next, values: past } }
}
