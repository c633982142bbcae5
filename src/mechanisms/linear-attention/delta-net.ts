/**
 * DeltaNet: linear attention that corrects what its state already holds at a key instead of adding to it.
 *
 *   S_t = S_{t−1} + β_t k_t (v_t − S_{t−1}ᵀ k_t)ᵀ     state [B, H, K, V], constant in T
 *   o_t = S_tᵀ q_t / √K,  k = swish(x W_k) / ‖·‖, q likewise, v = swish(x W_v), β_t = sigmoid(x_t w_β)
 *
 * Yang et al. 2024, arXiv:2406.06484: recurrence section 2.2, chunked form section 3.2, features section 3.3, where a
 * short convolution stands between W and swish: optional here, and more state then. β in [0, 2], so that the transition
 * I − β k kᵀ has eigenvalues in [−1, 1], from Grazzi et al. 2024, arXiv:2411.12537.
 * Cost a layer: O(T (C + K) V) for chunks of C tokens. Recipe: AdamW, rate 1e-3 at d = 256; chunks up to 64.
 */
import { z } from 'zod'
import { mul, name, sigmoid } from '../../engine/index.js'
import { activationsBeforeMemory } from '../../nn/activations.js'
import { type DeltaSizes, deltaParameters } from '../../nn/delta-layer.js'
import { gatedOutput, splitHeads } from '../../nn/heads.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { defineDeltaMixer } from '../delta-mixer.js'
import type { Frame } from '../mixer.js'
import { count, headsOf, positive, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  keyWidth: count.optional().describe('features of a head’s keys; dim / heads by default'),
  valueWidth: count.optional().describe('features of a head’s values; dim / heads by default'),
  activation: z.enum(activationsBeforeMemory).default('silu').describe('of queries and keys'),
  unitEpsilon: positive.default(1e-6).describe('its square is added to squared lengths of queries and keys'),
  outputGate: z.boolean().default(false).describe('gate what is read, by swish of a map'),
  convolution: count.default(1).describe('tokens that a convolution in front sees; 1 for none'),
  eigenvalues: z.enum(['[0,1]', '[-1,1]']).default('[0,1]').describe('range of the state transition’s eigenvalues'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

function sizes(c: Config): DeltaSizes {
  const { heads, keyWidth = headsOf('delta-net', c).width, valueWidth = headsOf('delta-net', c).width } = c
  return { heads, keyWidth, valueWidth, unitEpsilon: c.unitEpsilon, activation: c.activation }
}

export const deltaNet = defineDeltaMixer(sizes, {
  id: 'delta-net',
  family: 'linear-attention',
  citation: {
    title: 'Parallelizing Linear Transformers with the Delta Rule over Sequence Length',
    authors: 'Yang et al.',
    year: 2024,
    arxiv: '2406.06484',
    equations: 'section 2.2, section 3.2',
  },
  summary: 'A matrix state that corrects the value stored at a key instead of adding to it.',
  config,
  causal: true,

  validate: (c: Config) => void sizes(c),

  parameters: (c: Config) => ({
    ...deltaParameters(sizes(c), c),
    gate: c.outputGate ? linear(c.dim, c.heads * sizes(c).valueWidth, { bias: c.bias }) : undefined,
  }),

  project(p, x, { config: c }) {
    const gates = p.gate ? [p.gate] : []
    const [beta, q, k, v, gate] = applyTogether(x, [p.beta, p.query, p.key, p.value, ...gates])
    const strength = mul(sigmoid(splitHeads(beta, c.heads)), c.eigenvalues === '[-1,1]' ? 2 : 1)
    return { mixed: [q, k, v], beta: name(strength, 'beta'), gate }
  },

  output: (p, y, { gate }) => gatedOutput(p, y, gate),
})
