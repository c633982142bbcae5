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
 * here γ is learned for each channel from `lowerBound`. Cost a layer: O(T (C + K) V) for chunks of C tokens. Recipe:
 * AdamW, rate 1e-3 at d = 256, lower bounds that grow from 0 over the layers.
 */
import { z } from 'zod'
import { name, silu } from '../../engine/index.js'
import { decayChunked, decayParallel, decayStep, matrixMemory } from '../../nn/decay.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { boundedGate, lowerBound } from '../../nn/lower-bound.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  lowerBound: z.number().min(0).lt(1).default(0.5).describe('γ: the least that is kept, where it starts'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

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

  validate: (c: Config) => void headsOf('hgrn2', c),

  parameters: ({ dim, bias, lowerBound: least }: Config) => ({
    query: linear(dim, dim, { bias }),
    forget: linear(dim, dim, { bias }),
    value: linear(dim, dim, { bias }),
    bound: lowerBound(dim, least),
    norm: norm('rms', dim),
    output: linear(dim, dim, { bias }),
  }),

  state: ({ dim, heads }: Config, { batch }) => matrixMemory(batch, heads, dim / heads, dim / heads),

  project(p, x, { config: { heads }, context: { documents, carriedDocument } }) {
    const [query, forget, value] = applyTogether(x, [p.query, p.forget, p.value])
    const { replaced, logKept } = boundedGate(forget, p.bound)
    return {
      q: splitHeads(silu(query), heads),
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
