/**
 * Mamba-2 in its scalar-decay form (SSD): a state space whose transition is one number per head, chosen by the input.
 *
 *   Δ_t = softplus(x_t W_Δ + b),  a_t = exp(−A Δ_t),  A > 0 per head
 *   S_t = a_t S_{t−1} + Δ_t B_t x_tᵀ       state [B, H, N, P], constant in T
 *   y_t = S_tᵀ C_t + D x_t
 *   out_t = norm(y_t ∘ swish(z_t)) W_o
 *
 * Dao and Gu 2024, arXiv:2405.21060: recurrence eq. 1 and 2, chunked form section 6, block section 7.1; B and C are
 * shared by all heads. The short convolution in front of the recurrence is not part of this form.
 * Cost a layer: O(T (C + N) P) for chunks of C tokens. Recipe: AdamW, rate 1e-3 at d = 256; A in [1, 16], Δ in [1e-3, 0.1].
 */
import { z } from 'zod'
import {
  add,
  broadcastTo,
  exp,
  mul,
  name,
  neg,
  reshape,
  silu,
  softplus,
  type Tensor,
  unsqueeze,
} from '../../engine/index.js'
import { decayChunked, decayParallel, decayStep, matrixMemory } from '../../nn/decay.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { one, uniformBetween } from '../../nn/initializers.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf, positive, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  expand: positive.default(2).describe('inner width as a multiple of the model width'),
  state: count.default(64).describe('N: state channels per head'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

const inner = (c: Config) => c.dim * c.expand

export const mamba2 = defineMixer({
  id: 'mamba2',
  family: 'state-space',
  citation: {
    title: 'Transformers are SSMs: Generalized Models and Efficient Algorithms Through Structured State Space Duality',
    authors: 'Dao and Gu',
    year: 2024,
    arxiv: '2405.21060',
    equations: '1, 2, section 6, section 7.1',
  },
  summary: 'A state space with one input-dependent decay per head.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('mamba2', { ...c, dim: inner(c) }),

  parameters: (c: Config) => ({
    value: linear(c.dim, inner(c), { bias: c.bias }),
    gate: linear(c.dim, inner(c), { bias: c.bias }),
    key: linear(c.dim, c.state, { bias: c.bias }),
    query: linear(c.dim, c.state, { bias: c.bias }),
    step: linear(c.dim, c.heads, { bias: c.bias }),
    // softplus of the offset is log-uniform in [1e-3, 0.1].
    stepOffset: parameter([c.heads], (shape, random) => {
      return Float32Array.from({ length: shape[0] }, () =>
        Math.log(Math.expm1(Math.exp(Math.log(1e-3) + random() * Math.log(100)))),
      )
    }),
    logRate: parameter([c.heads], (shape, random) => uniformBetween(1, 16)(shape, random).map(Math.log)),
    skip: parameter([c.heads], one),
    norm: norm('rms', inner(c)),
    output: linear(inner(c), c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => matrixMemory(batch, c.heads, c.state, inner(c) / c.heads),

  project(p, x, { config: c, context: { documents, carriedDocument } }) {
    const [value, gate, key, query, step] = applyTogether(x, [p.value, p.gate, p.key, p.query, p.step])
    const [B, T] = x.shape
    const everyHead = (t: Tensor) => broadcastTo(unsqueeze(t, 1), [B, c.heads, T, c.state])
    const delta = splitHeads(softplus(add(step, p.stepOffset)), c.heads)
    const input = splitHeads(silu(value), c.heads)
    const rate = reshape(exp(p.logRate), [c.heads, 1, 1])
    return {
      q: everyHead(silu(query)),
      k: everyHead(silu(key)),
      v: mul(input, delta),
      logDecay: name(neg(mul(delta, rate)), 'decay'),
      input,
      gate,
      documents,
      carriedDocument,
    }
  },

  parallel: (inputs, state) => decayParallel(inputs, state),
  chunked: (inputs, state, { config: c }) => decayChunked(inputs, state, c.chunk),
  step: (inputs, state) => decayStep(inputs, state),

  output(p, y, { input, gate }, { config: c }) {
    const whole = mergeHeads(add(y, mul(input, reshape(p.skip, [c.heads, 1, 1]))))
    return p.output(p.norm(mul(whole, silu(gate))))
  },
})
