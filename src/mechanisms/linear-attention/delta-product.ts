/**
 * DeltaProduct: several steps of the delta rule per token, so that a token's transition is a product of generalised
 * Householder matrices – any rotation, with enough of them.
 *
 *   q = swish(conv(x W_q)) / ‖·‖,  k_{t,j} = swish(conv(x W_j)) / ‖·‖,  v_{t,j} = swish(conv(x V_j)),  j = 1 … n
 *   β_{t,j} = c · sigmoid(x_t w_j),  c = 2 for eigenvalues in [−1, 1], else 1
 *   S_{t,0} = g_t S_{t−1},  S_{t,j} = S_{t,j−1} + β_{t,j} k_{t,j} (v_{t,j} − S_{t,j−1}ᵀ k_{t,j})ᵀ,  S_t = S_{t,n}
 *   y_t = norm(S_tᵀ q_t / √K) W_o                      state [B, H, K, V] and the convolution's last tokens
 *
 * Siems et al. 2025, arXiv:2502.10297: section 3, n called n_h; with `gate`, Gated DeltaProduct, whose g_t is Gated
 * DeltaNet's decay and whose output is gated as there. Computed as a delta rule over n T positions. Cost a layer:
 * O(n T (C + K) V) for chunks of C positions, constant state. Recipe: AdamW, rate 1e-3 at d = 256; n of 2 or 3.
 */
import { z } from 'zod'
import { mul, name, sigmoid } from '../../engine/index.js'
import { type DeltaSizes, deltaParameters } from '../../nn/delta-layer.js'
import { gatedOutput, splitHeads } from '../../nn/heads.js'
import { inputDecay } from '../../nn/input-decay.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { defineDeltaMixer } from '../delta-mixer.js'
import type { Frame } from '../mixer.js'
import { count, headsOf, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  steps: count.max(8).default(2).describe('n: steps of the delta rule per token'),
  gate: z.boolean().default(false).describe('a decay of the state and an output gate'),
  convolution: count.default(4).describe('tokens that the convolution sees; 1 for none'),
  eigenvalues: z.enum(['[0,1]', '[-1,1]']).default('[-1,1]').describe('range of each factor’s eigenvalues'),
  chunk: powerOfTwo.default(64).describe('steps computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

function sizes(c: Config): DeltaSizes {
  const { heads, width } = headsOf('delta-product', c)
  return { heads, keyWidth: width, valueWidth: width, writes: c.steps }
}

export const deltaProduct = defineDeltaMixer(sizes, {
  id: 'delta-product',
  family: 'linear-attention',
  citation: {
    title: 'DeltaProduct: Improving State-Tracking in Linear RNNs via Householder Products',
    authors: 'Siems et al.',
    year: 2025,
    arxiv: '2502.10297',
    equations: 'section 3',
  },
  summary: 'Several corrections of a matrix state per token, whose product can rotate it.',
  config,
  causal: true,

  validate: (c: Config) => void sizes(c),

  parameters: (c: Config) => ({
    ...deltaParameters(sizes(c), c),
    step: c.gate ? linear(c.dim, c.heads, { bias: c.bias }) : undefined,
    gate: c.gate ? linear(c.dim, c.dim, { bias: c.bias }) : undefined,
    decay: c.gate ? inputDecay(c.heads, 1) : undefined,
  }),

  project(p, x, { config: c }) {
    const [beta, ...mixed] = applyTogether(x, [p.beta, p.query, p.key, p.value])
    const strength = mul(sigmoid(splitHeads(beta, c.heads)), c.eigenvalues === '[-1,1]' ? 2 : 1)
    return {
      mixed,
      beta: name(strength, 'beta'),
      logDecay: p.decay && name(p.decay(p.step!(x)), 'decay'),
      gate: p.gate?.(x),
    }
  },

  output: (p, y, { gate }) => gatedOutput(p, y, gate),
})
