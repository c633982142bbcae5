/**
 * Kimi delta attention: the delta rule on a state that forgets channel by channel, as the input decides.
 *
 *   q, k, v = swish(short convolution of x W),  q, k ← · / ‖·‖
 *   α_t = exp(−A softplus(x_t W₁ W₂ + b)) per key channel,  β_t = sigmoid(x_t w_β)
 *   S_t = (I − β_t k_t k_tᵀ) diag(α_t) S_{t−1} + β_t k_t v_tᵀ    state [B, H, K, V] and the convolution's last tokens
 *   y_t = (sigmoid(x_t W₃ W₄) ∘ norm(S_tᵀ q_t / √K)) W_o
 *
 * Kimi Team 2025, arXiv:2510.26692: recurrence eq. 1, chunked form section 3 with exact decays, block section 4; both
 * low-rank maps have the width of a head, and the decay starts as Gated DeltaNet's. Cost a layer: O(T (C + K) V) for
 * chunks of C tokens, constant state. Recipe: AdamW, rate 1e-3 at d = 256, three such layers to one of attention.
 */
import { z } from 'zod'
import { mul, name, sigmoid } from '../../engine/index.js'
import { type DeltaSizes, deltaParameters } from '../../nn/delta-layer.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { inputDecay } from '../../nn/input-decay.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { defineDeltaMixer } from '../delta-mixer.js'
import type { Frame } from '../mixer.js'
import { count, headsOf, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  convolution: count.default(4).describe('tokens that the convolution sees; 1 for none'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

const widthOf = (c: Config) => headsOf('kimi-delta-attention', c).width
const sizes = (c: Config): DeltaSizes => ({ heads: c.heads, keyWidth: widthOf(c), valueWidth: widthOf(c) })

export const kimiDeltaAttention = defineDeltaMixer(sizes, {
  id: 'kimi-delta-attention',
  family: 'linear-attention',
  citation: {
    title: 'Kimi Linear: An Expressive, Efficient Attention Architecture',
    authors: 'Kimi Team',
    year: 2025,
    arxiv: '2510.26692',
    equations: '1, section 3, section 4',
  },
  summary: 'A matrix state that forgets per key channel and corrects the value stored at a key.',
  config,
  causal: true,

  validate: (c: Config) => void widthOf(c),

  parameters: (c: Config) => ({
    ...deltaParameters(sizes(c), c),
    decayDown: linear(c.dim, widthOf(c), { bias: c.bias }),
    decayUp: linear(widthOf(c), c.dim, { bias: false }),
    gateDown: linear(c.dim, widthOf(c), { bias: c.bias }),
    gateUp: linear(widthOf(c), c.dim),
    decay: inputDecay(c.heads, widthOf(c)),
  }),

  project(p, x, { config: c }) {
    const maps = [p.decayDown, p.gateDown, p.beta, p.query, p.key, p.value]
    const [decay, gate, beta, ...mixed] = applyTogether(x, maps)
    return {
      mixed,
      beta: name(sigmoid(splitHeads(beta, c.heads)), 'beta'),
      logDecay: name(p.decay(p.decayUp(decay)), 'decay'),
      gate: p.gateUp(gate),
    }
  },

  output: (p, y, { gate }) => p.output(mul(mergeHeads(p.norm(y)), sigmoid(gate))),
})
