/**
 * HGRN2: gated linear attention whose keys are what its forget gates give up.
 *
 *   f_t = γ + (1 − γ) ∘ sigmoid(x_t W_f)             γ the lower bound of each key channel
 *   S_t = diag(f_t) S_{t−1} + (1 − f_t) v_tᵀ         state [B, H, K, V], constant in T
 *   y_t = norm(S_tᵀ swish(x_t W_q)) W_o
 *
 * Qin et al. 2024, arXiv:2404.07904: hgrn with an outer product in place of the elementwise one, real values, the
 * output gate as the query. Activations and norm are flash-linear-attention's; the authors' own module has sigmoid for
 * queries, swish for values and LayerNorm. The lower bound is as in hgrn: the paper sums a softmax over the layers,
 * here γ is learned for each channel from `lowerBound`, or, where `layers` is given, each layer holds the paper's table.
 * Cost a layer: O(T (C + K) V) for chunks of C tokens. Recipe: AdamW, rate 1e-3 at d = 256, lower bounds that grow from 0
 * over the layers.
 */
import { z } from 'zod'
import { mul, name, silu } from '../../engine/index.js'
import { decayChunked, decayParallel, decayStep, matrixMemory } from '../../nn/decay.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { boundedGate, lowerBound, sharedLowerBound } from '../../nn/lower-bound.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf, positive, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  keyWidth: count.optional().describe('features of a head’s keys; dim / heads by default'),
  scale: positive.default(1).describe('factor on queries'),
  normScale: z.boolean().default(true).describe('a scale in the norm of what is read'),
  normEpsilon: positive.default(1e-5).describe('added to the variance there'),
  layers: count.optional().describe('layers whose bounds grow by shares of a softmax, in place of one of its own'),
  layer: z.int().nonnegative().default(0).describe('which of these layers it is'),
  lowerBound: z.number().min(0).lt(1).default(0.5).describe('γ: the least that is kept, where it starts'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

const keys = ({ dim, heads, keyWidth = dim / heads }: Pick<Config, 'dim' | 'heads' | 'keyWidth'>) => heads * keyWidth

export const hgrn2 = defineMixer({
  id: 'hgrn2',
  family: 'recurrent',
  citation: {
    title: 'HGRN2: Gated Linear RNNs with State Expansion',
    authors: 'Qin et al.',
    year: 2024,
    arxiv: '2404.07904',
    equations: 'section on HGRN2',
  },
  summary: 'Gated linear attention whose keys are one minus its forget gates.',
  config,
  causal: true,

  validate(c: Config) {
    headsOf('hgrn2', c)
    if (c.layers !== undefined && c.layer >= c.layers)
      throw new UserError(`hgrn2: layer must be below layers, ${c.layers}, got ${c.layer} – the first is 0`)
  },

  parameters(c: Config) {
    const { dim, bias } = c
    return {
      query: linear(dim, keys(c), { bias }),
      forget: linear(dim, keys(c), { bias }),
      value: linear(dim, dim, { bias }),
      bound: c.layers === undefined ? lowerBound(keys(c), c.lowerBound) : sharedLowerBound(keys(c), c.layers, c.layer),
      norm: norm(c.normScale ? 'rms' : 'rms-plain', dim, c.normEpsilon),
      output: linear(dim, dim, { bias }),
    }
  },

  state: (c: Config, { batch }) => matrixMemory(batch, c.heads, keys(c) / c.heads, c.dim / c.heads),

  project(p, x, { config: { heads, scale }, context: { documents, carriedDocument } }) {
    const [query, forget, value] = applyTogether(x, [p.query, p.forget, p.value])
    const { replaced, logKept } = boundedGate(forget, p.bound)
    return {
      q: scale === 1 ? splitHeads(silu(query), heads) : mul(splitHeads(silu(query), heads), scale),
      k: splitHeads(replaced, heads),
      v: splitHeads(value, heads),
      logDecay: name(splitHeads(logKept, heads), 'decay'),
      documents,
      carriedDocument,
    }
  },

  parallel: (inputs, state) => decayParallel(inputs, state),
  chunked: (inputs, state, { config: c }) => decayChunked(inputs, state, c.chunk),
  step: (inputs, state) => decayStep(inputs, state),

  output: (p, y) => p.output(p.norm(mergeHeads(y))),
})
