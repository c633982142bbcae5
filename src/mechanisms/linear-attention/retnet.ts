/**
 * RetNet: linear attention with rotated queries and keys, whose state each head forgets at a fixed pace of its own.
 *
 *   S_t = γ_h S_{t−1} + k_t v_tᵀ,  γ_h = 1 − 2^(−5−h)     state [B, H, K, V], constant in T
 *   o_t = S_tᵀ q_t / √K                                   q and k turned by the token's position
 *   y_t = (swish(x_t W_G) ∘ norm(o_t)) W_o                each head normalised by itself
 *
 * Sun et al. 2023, arXiv:2307.08621: retention in its three forms eq. 5 to 7, scales and gate eq. 8. Values are twice
 * as wide as keys (section 3.1). The paper's rescaling of scores for precision is left out: it cancels in the norm, and
 * exact decays do without. Cost a layer: O(T (C + K) V) for chunks of C tokens. Recipe: AdamW, rate 1e-3 at d = 256.
 */
import { z } from 'zod'
import { mul, type Tensor } from '../../engine/index.js'
import { decayChunked, decayParallel, decayStep, matrixMemory } from '../../nn/decay.js'
import { gatedOutput, shareHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { headLogDecays, retentionDecays } from '../../nn/operators/retention.js'
import { rotary } from '../../nn/rotary.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf, positive, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  keyRatio: positive.default(1).describe('width of the keys as a multiple of the model width, rounded down'),
  keyHeads: count.optional().describe('heads of keys and values, each shared by heads / keyHeads; all by default'),
  norm: z.enum(['layer', 'rms', 'rms-plain']).default('layer').describe('of what each head reads'),
  outputGate: z.boolean().default(true).describe('gate what is read, by swish of a map'),
  valueRatio: positive.default(2).describe('width of the values as a multiple of the model width, rounded down'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

const keys = (c: Config) => Math.trunc(c.dim * c.keyRatio)
const values = (c: Config) => Math.trunc(c.dim * c.valueRatio)
const keyHeads = (c: Config) => c.keyHeads ?? c.heads

export const retnet = defineMixer({
  id: 'retnet',
  family: 'linear-attention',
  citation: {
    title: 'Retentive Network: A Successor to Transformer for Large Language Models',
    authors: 'Sun et al.',
    year: 2023,
    arxiv: '2307.08621',
    equations: '5 to 8',
  },
  summary: 'Linear attention with rotary positions and one fixed decay a head, from fast to slow.',
  config,
  causal: true,

  validate(c: Config) {
    const { width } = headsOf('retnet', { ...c, dim: keys(c) })
    headsOf('retnet', { ...c, dim: values(c) })
    if (width % 2 !== 0) {
      throw new UserError(`retnet: rotated heads must be of even width, got ${width} – change dim or heads`)
    }
    if (c.heads % keyHeads(c) !== 0)
      throw new UserError(`retnet: keyHeads must divide heads ${c.heads}, got ${c.keyHeads}`)
  },

  parameters: (c: Config) => ({
    query: linear(c.dim, keys(c), { bias: c.bias }),
    key: linear(c.dim, (keys(c) / c.heads) * keyHeads(c), { bias: c.bias }),
    value: linear(c.dim, (values(c) / c.heads) * keyHeads(c), { bias: c.bias }),
    gate: c.outputGate ? linear(c.dim, values(c), { bias: c.bias }) : undefined,
    norm: norm(c.norm, values(c) / c.heads, c.epsilon),
    output: linear(values(c), c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => matrixMemory(batch, c.heads, keys(c) / c.heads, values(c) / c.heads),

  project(p, x, { config: c, context }) {
    const [q, k, v, gate] = applyTogether(x, [p.query, p.key, p.value, ...(p.gate ? [p.gate] : [])])
    const turned = (t: Tensor, heads: number) => rotary(splitHeads(t, heads), context.positions)
    return {
      q: mul(turned(q, c.heads), (keys(c) / c.heads) ** -0.5),
      k: shareHeads(turned(k, keyHeads(c)), c.heads),
      v: shareHeads(splitHeads(v, keyHeads(c)), c.heads),
      logDecay: headLogDecays(retentionDecays(c.heads), x.shape[0], x.shape[1]),
      gate,
      documents: context.documents,
      carriedDocument: context.carriedDocument,
    }
  },

  parallel: (inputs, state) => decayParallel(inputs, state),
  chunked: (inputs, state, { config: c }) => decayChunked(inputs, state, c.chunk),
  step: (inputs, state) => decayStep(inputs, state),

  output: (p, y, { gate }) => gatedOutput(p, y, gate),
})
