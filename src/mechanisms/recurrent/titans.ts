/**
 * Titans: a memory that is a network, written by gradient steps with momentum and forgetting; the memory as a layer.
 *
 *   S_t = η_t S_{t−1} − θ_t ∇‖M'(k_t) − v_t‖²,  M_t = (1 − α_t) M_{t−1} + S_t    M' as of the mini-batch's start
 *   y_t = (norm(M_t(q_t)) ∘ SiLU(x_t W_g)) W_o,  M(k) = M k, or k + norm(MLP(k)) of width 4 D with GELU
 *
 * Behrouz et al. 2024, arXiv:2501.00663: memory equations 8 to 15, mini-batches section 3.2, convolutions, unit-length q
 * and k, norm and gate section 4.4. The paper's MLP has no norm around it and no named activation; without a norm its
 * steps run away when features are large. η, θ and α are numbers a head, θ at most `rate`. Alternating with windows of
 * softmax attention it is the paper's MAL (preset `titans`); MAG is titans-gate, MAC titans-context.
 * State: M', M and S, three tokens of the convolution; constant in T. Cost
 * a layer: O(T (C + D) D) a head for mini-batches of C tokens; packed documents go token by token. Recipe: AdamW, 2e-3.
 */
import { z } from 'zod'
import { mul, reshape, silu, type Tensor } from '../../engine/index.js'
import { linear, norm } from '../../nn/layers.js'
import { type MemoryFeatures, neuralMemory, neuralMemoryState } from '../../nn/neural-memory.js'
import { learnByToken, learnInWindows, learnOne } from '../../nn/test-time-learning.js'
import { defineMixer, type Frame, type Setting } from '../mixer.js'
import { count, headsOf, positive } from '../settings.js'

export const memorySettings = z.object({
  heads: count.optional(),
  depth: count.max(4).default(2).describe('layers of the memory: 1 for a matrix'),
  batch: count.default(16).describe('C: tokens of a mini-batch'),
  rate: positive.default(0.1).describe('θ: the largest step'),
})
type Options = z.infer<typeof memorySettings>
type Config = Options & Frame

export const titansPaper = {
  title: 'Titans: Learning to Memorize at Test Time',
  authors: 'Behrouz et al.',
  year: 2024,
  arxiv: '2501.00663',
} as const

const parameters = (c: Config) => ({
  memory: neuralMemory(c),
  gate: linear(c.dim, c.dim, { bias: c.bias }),
  norm: norm('rms', c.dim / c.heads),
  output: linear(c.dim, c.dim, { bias: c.bias }),
})

const around =
  (learn: typeof learnByToken) =>
  (
    { features }: { features: MemoryFeatures; gate: Tensor },
    { past, ...state }: Readonly<Record<string, Tensor>>,
    { p, context }: Setting<Options, ReturnType<typeof parameters>>,
  ) => {
    const { lesson, past: next } = p.memory.lesson(features, past, context)
    const { y, state: learned } = learn(p.memory.learning, lesson, state, context)
    return { y, state: { ...learned, past: next } }
  }
const forms = { parallel: around(learnByToken), chunked: around(learnInWindows), step: around(learnOne) }

export const titans = defineMixer({
  id: 'titans',
  family: 'recurrent',
  citation: { ...titansPaper, equations: '8 to 15, section 3.2, section 4.4' },
  summary: 'A memory that is a network, written by gradient steps with momentum and forgetting.',
  config: memorySettings,
  causal: true,

  validate: (c: Config) => void headsOf('titans', c),

  parameters,

  state: (c: Config, { batch }) => neuralMemoryState(batch, c),

  project: (p, x) => ({ features: p.memory.features(x), gate: silu(p.gate(x)) }),

  parallel: (projected, state, setting) => forms.parallel(projected, state, setting),
  chunked: (projected, state, setting) => forms.chunked(projected, state, setting),
  step: (projected, state, setting) => forms.step(projected, state, setting),

  output: (p, y, { gate }) => p.output(mul(gate, reshape(p.norm(y), gate.shape))),
})
