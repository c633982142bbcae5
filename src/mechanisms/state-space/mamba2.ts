/**
 * Mamba-2 (SSD): a state space whose transition is one number per head, chosen by the input.
 *
 *   z, x, B, C, Δ = u_t W,  x, B, C ← swish(short convolution of each)
 *   Δ_t = softplus(Δ + b),  a_t = exp(−A Δ_t),  A > 0 per head
 *   S_t = a_t S_{t−1} + Δ_t B_t x_tᵀ       state [B, H, N, P] and the convolution's last tokens, constant in T
 *   y_t = S_tᵀ C_t + D x_t,  out_t = norm(y_t ∘ swish(z_t)) W_o
 *
 * Dao and Gu 2024, arXiv:2405.21060: recurrence eq. 1 and 2, chunked form section 6, block section 7.1; B and C are
 * shared by the heads of a group, as values are in grouped attention. Cost a layer: O(T (C + N) P) for chunks of C
 * tokens. Recipe: AdamW, rate 1e-3 at d = 256; A in [1, 16], Δ in [1e-3, 0.1].
 */
import { z } from 'zod'
import {
  add,
  concat,
  exp,
  maximum,
  minimum,
  mul,
  name,
  neg,
  reshape,
  silu,
  softplus,
  split,
  type Tensor,
} from '../../engine/index.js'
import { activations, activationsBeforeMemory } from '../../nn/activations.js'
import {
  type DecayInputs,
  decayChunked,
  decayParallel,
  decayStep,
  type MatrixMemory,
  matrixMemory,
  type Recurrence,
} from '../../nn/decay.js'
import { mergeHeads, shareHeads, splitHeads } from '../../nn/heads.js'
import { one, uniformBetween } from '../../nn/initializers.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { shortConvolution, shortConvolutionState } from '../../nn/short-convolution.js'
import { stepOffsets } from '../../nn/step-size.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame, type Setting } from '../mixer.js'
import { count, headsOf, positive, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  expand: positive.default(2).describe('inner width as a multiple of the model width'),
  state: count.default(64).describe('N: state channels per head'),
  groups: count.default(1).describe('groups of heads, each with its own B and C'),
  convolution: count.default(4).describe('tokens that the convolution sees'),
  convolutionOffset: z.boolean().default(true).describe('an offset in the convolution'),
  activation: z.enum(activationsBeforeMemory).default('silu').describe('behind the convolution'),
  leastStep: z.number().nonnegative().default(0).describe('Δ is at least this'),
  mostStep: positive.optional().describe('and at most this'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Options = z.infer<typeof config>
type Config = Options & Frame

const inner = (c: Config) => Math.round(c.dim * c.expand)
const shared = (c: Config) => c.groups * c.state

const parameters = (c: Config) => ({
  value: linear(c.dim, inner(c), { bias: c.bias }),
  gate: linear(c.dim, inner(c), { bias: c.bias }),
  key: linear(c.dim, shared(c), { bias: c.bias }),
  query: linear(c.dim, shared(c), { bias: c.bias }),
  step: linear(c.dim, c.heads, { bias: c.bias }),
  convolution: shortConvolution(inner(c) + 2 * shared(c), c.convolution, { bias: c.convolutionOffset }),
  stepOffset: parameter([c.heads], stepOffsets(1e-3, 0.1)),
  logRate: parameter([c.heads], (shape, random) => uniformBetween(1, 16)(shape, random).map(Math.log)),
  skip: parameter([c.heads], one),
  norm: norm('rms', inner(c), c.epsilon),
  output: linear(inner(c), c.dim, { bias: c.bias }),
})

interface Projected {
  readonly gate: Tensor
  readonly step: Tensor
  /** x, B and C before the convolution. */
  readonly mixed: Tensor
}
/** The recurrence between convolution and gate, in one of its forms. */
function around(
  recur: (inputs: DecayInputs, state: MatrixMemory, chunk: number) => Recurrence,
  { gate, step, mixed }: Projected,
  state: MatrixMemory & { readonly past: Tensor },
  { p, config: c, context }: Setting<Options, ReturnType<typeof parameters>>,
) {
  const { y: convolved, past } = p.convolution(mixed, state.past, context)
  const [value, key, query] = split(activations[c.activation](convolved), [inner(c), shared(c), shared(c)], 2)
  const input = splitHeads(value, c.heads)
  const delta = splitHeads(bounded(softplus(add(step, p.stepOffset)), c), c.heads)
  const logDecay = name(neg(mul(delta, reshape(exp(p.logRate), [c.heads, 1, 1]))), 'decay')
  const everyHead = (t: Tensor) => shareHeads(splitHeads(t, c.groups), c.heads)
  const { documents, carriedDocument } = context
  const inputs = { q: everyHead(query), k: everyHead(key), v: mul(input, delta), logDecay }
  const { y, state: next } = recur({ ...inputs, documents, carriedDocument }, state, c.chunk)
  const whole = mergeHeads(add(y, mul(input, reshape(p.skip, [c.heads, 1, 1]))))
  return { y: mul(whole, silu(gate)), state: { ...next, past } }
}

function bounded(delta: Tensor, { leastStep, mostStep }: Options): Tensor {
  const least = leastStep > 0 ? maximum(delta, leastStep) : delta
  return mostStep === undefined ? least : minimum(least, mostStep)
}

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

  validate(c: Config) {
    headsOf('mamba2', { ...c, dim: inner(c) })
    if (c.heads % c.groups !== 0)
      throw new UserError(`mamba2: groups must divide heads ${c.heads}, got ${c.groups} – use 1 or ${c.heads}`)
  },

  parameters,

  state: (c: Config, { batch }) => ({
    ...matrixMemory(batch, c.heads, c.state, inner(c) / c.heads),
    past: shortConvolutionState(batch, c.convolution, inner(c) + 2 * shared(c)),
  }),

  project(p, x) {
    const [gate, step, ...mixed] = applyTogether(x, [p.gate, p.step, p.value, p.key, p.query])
    return { gate, step, mixed: concat(mixed, 2) }
  },

  parallel: (projected, state, setting) => around(decayParallel, projected, state, setting),
  chunked: (projected, state, setting) => around(decayChunked, projected, state, setting),
  step: (projected, state, setting) => around(decayStep, projected, state, setting),

  output: (p, y) => p.output(p.norm(y)),
})
