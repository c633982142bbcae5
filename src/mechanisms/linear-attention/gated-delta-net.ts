/**
 * Gated DeltaNet: the delta rule on a state that also forgets, one decay a head, as the input decides.
 *
 *   q, k, v = swish(short convolution of x W),  q, k ← · / ‖·‖
 *   α_t = exp(−A softplus(x_t w + b)),  β_t = sigmoid(x_t w_β)
 *   S_t = α_t S_{t−1} + β_t k_t (v_t − α_t S_{t−1}ᵀ k_t)ᵀ    state [B, H, K, V] and the convolution's last tokens
 *   y_t = (norm(S_tᵀ q_t / √K) ∘ swish(x_t W_r)) W_o
 *
 * Yang et al. 2024, arXiv:2412.06464: recurrence eq. 10, chunked form section 3.3, block section 3.4; decay and its
 * starting values from Mamba-2, arXiv:2405.21060 (A in [1, 16]; the authors' code: [0, 16]). β in [0, 2] widens the
 * transition's eigenvalues to [−1, 1], Grazzi et al. 2024, arXiv:2411.12537. Cost a layer: O(T (C + K) V) for chunks of
 * C tokens, constant state. Recipe: AdamW, rate 1e-3 at d = 256; keys three quarters as wide as the model, values twice
 * as wide as keys.
 */
import { z } from 'zod'
import { mul, name, sigmoid } from '../../engine/index.js'
import { activationsBeforeMemory } from '../../nn/activations.js'
import { type DeltaSizes, deltaParameters } from '../../nn/delta-layer.js'
import { gatedOutput, splitHeads } from '../../nn/heads.js'
import { inputDecay } from '../../nn/input-decay.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { UserError } from '../../platform/errors.js'
import { defineDeltaMixer } from '../delta-mixer.js'
import type { Frame } from '../mixer.js'
import { count, positive, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  keyRatio: positive.max(4).default(0.75).describe('width of all keys as a fraction of the model width'),
  valueRatio: count.default(2).describe('width of values as a multiple of that of keys'),
  keyHeads: count
    .optional()
    .describe('heads of queries and keys, each shared by heads / keyHeads heads; all by default'),
  keyWidth: count.optional().describe('features of a head’s keys, instead of keyRatio'),
  valueWidth: count.optional().describe('features of a head’s values, instead of valueRatio'),
  outputGate: z.boolean().default(true).describe('gate what is read, by swish of a map'),
  unitEpsilon: positive.default(1e-6).describe('its square is added to squared lengths of queries and keys'),
  activation: z.enum(activationsBeforeMemory).default('silu').describe('of queries, keys and values'),
  convolution: count.default(4).describe('tokens that the convolution sees; 1 for none'),
  eigenvalues: z.enum(['[0,1]', '[-1,1]']).default('[0,1]').describe('range of the state transition’s eigenvalues'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

function sizes(c: Config): DeltaSizes {
  const { heads, keyHeads, keyWidth = (c.dim * c.keyRatio) / heads, valueWidth = keyWidth * c.valueRatio } = c
  return {
    heads,
    keyHeads,
    keyWidth,
    valueWidth,
    unitEpsilon: c.unitEpsilon,
    activation: c.activation,
    valueActivation: c.activation,
  }
}
const valuesOf = (c: Config) => sizes(c).valueWidth * c.heads

export const gatedDeltaNet = defineDeltaMixer(sizes, {
  id: 'gated-delta-net',
  family: 'linear-attention',
  citation: {
    title: 'Gated Delta Networks: Improving Mamba2 with Delta Rule',
    authors: 'Yang et al.',
    year: 2024,
    arxiv: '2412.06464',
    equations: '10, section 3.3, section 3.4',
  },
  summary: 'A matrix state that forgets as a whole and corrects the value stored at a key.',
  config,
  causal: true,

  validate(c: Config) {
    if (c.heads % (c.keyHeads ?? c.heads) !== 0)
      throw new UserError(`gated-delta-net: keyHeads must divide heads ${c.heads}, got ${c.keyHeads}`)
    if (!Number.isInteger(sizes(c).keyWidth))
      throw new UserError(
        `gated-delta-net: heads ${c.heads} must divide the key width dim · keyRatio = ${c.dim * c.keyRatio} – change heads or keyRatio`,
      )
  },

  parameters: (c: Config) => ({
    ...deltaParameters(sizes(c), c),
    gate: c.outputGate ? linear(c.dim, valuesOf(c), { bias: c.bias }) : undefined,
    step: linear(c.dim, c.heads, { bias: c.bias }),
    decay: inputDecay(c.heads, 1),
  }),

  project(p, x, { config: c }) {
    const gates = p.gate ? [p.gate] : []
    const maps = applyTogether(x, [...gates, p.beta, p.step, p.query, p.key, p.value])
    const [beta, step, ...mixed] = maps.slice(gates.length)
    const strength = mul(sigmoid(splitHeads(beta, c.heads)), c.eigenvalues === '[-1,1]' ? 2 : 1)
    return {
      mixed,
      beta: name(strength, 'beta'),
      logDecay: name(p.decay(step), 'decay'),
      gate: p.gate && maps[0],
    }
  },

  output: (p, y, { gate }) => gatedOutput(p, y, gate),
})
