/**
 * HGRN: a recurrence of single complex channels whose forget gates have lower bounds, so that upper layers remember long.
 *
 *   c_t = swish(x_t W_re) + i swish(x_t W_im)
 *   λ_t = γ + (1 − γ) ∘ sigmoid(x_t W_λ)             γ the lower bound of each channel
 *   h_t = λ_t e^{iθ} ∘ h_{t−1} + (1 − λ_t) ∘ c_t     state [B, 2 E], Re and Im, constant in T
 *   y_t = norm([Re h, Im h] ∘ sigmoid(x_t W_g)) W_o
 *
 * Qin et al. 2023, arXiv:2311.04823, section 3.2; phases start as in the authors' code, which gates by a swish behind
 * the norm. Complex as in the paper; `complex` false is the real recurrence that later code kept. The paper makes the γ
 * of all layers one softmax summed over depth, 0 in the first layer. A mixer does not know its layer, so γ = sigmoid(a)
 * with a learned for each channel, starting from `lowerBound`; 0 has no bound. The state is held in a frame that turns
 * with the position, e^{−iθt} h_t, where the recurrence is real. Cost a layer: O(T d E). Recipe: AdamW, rate 1e-3 at d
 * = 256, lower bounds that grow from 0 over the layers.
 */
import { z } from 'zod'
import {
  cast,
  complex,
  complexMul,
  concat,
  mul,
  name,
  neg,
  polar,
  sigmoid,
  silu,
  split,
  type Tensor,
  unsqueeze,
} from '../../engine/index.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { boundedGate, lowerBound } from '../../nn/lower-bound.js'
import { parameter } from '../../nn/parameter.js'
import { elementwiseRecurrence } from '../../nn/recurrence.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count } from '../settings.js'

const config = z.object({
  expand: count.default(1).describe('channels of the state as a multiple of the model width'),
  complex: z.boolean().default(true).describe('complex channels, each with a phase'),
  lowerBound: z.number().min(0).lt(1).default(0.5).describe('γ: the least that is kept, where it starts'),
})
type Config = z.infer<typeof config> & Frame

const stateWidth = (c: Config) => (c.complex ? 2 : 1) * c.dim * c.expand

export const hgrn = defineMixer({
  id: 'hgrn',
  family: 'recurrent',
  citation: {
    title: 'Hierarchically Gated Recurrent Neural Network for Sequence Modeling',
    authors: 'Qin et al.',
    year: 2023,
    arxiv: '2311.04823',
    equations: 'section 3.2',
  },
  summary: 'Single complex channels that keep at least a learned share of their state.',
  config,
  causal: true,

  parameters: (c: Config) => ({
    value: linear(c.dim, stateWidth(c), { bias: c.bias }),
    forget: linear(c.dim, c.dim * c.expand, { bias: c.bias }),
    gate: linear(c.dim, stateWidth(c), { bias: c.bias }),
    bound: lowerBound(c.dim * c.expand, c.lowerBound),
    phase: c.complex ? parameter([c.dim * c.expand], turns) : undefined,
    norm: norm('layer', stateWidth(c)),
    output: linear(stateWidth(c), c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => ({ hidden: { shape: [batch, stateWidth(c)], dtype: 'f32', change: 'replace' } }),

  project(p, x) {
    const [value, forget, gate] = applyTogether(x, [p.value, p.forget, p.gate])
    const { kept, replaced } = boundedGate(forget, p.bound)
    return { value: silu(value), kept: name(kept, 'forget'), replaced, gate }
  },

  parallel({ value, kept, replaced }, { hidden }, { p, context }) {
    if (!p.phase) {
      const { states, last } = elementwiseRecurrence({ kept, written: mul(value, replaced) }, hidden, context)
      return { y: states, state: { hidden: last } }
    }
    const angle = mul(unsqueeze(cast(context.positions, 'f32'), 2), p.phase)
    const still = turned(mul(value, twice(replaced)), neg(angle))
    const { states, last } = elementwiseRecurrence({ kept: twice(kept), written: still }, hidden, context)
    return { y: turned(states, angle), state: { hidden: last } }
  },

  output: (p, y, { gate }) => p.output(p.norm(mul(y, sigmoid(gate)))),
})

/** Phases of all speeds: θ_i = 10000^{−2i/E}. */
const turns = ([width]: readonly number[]) =>
  Float32Array.from({ length: width }, (_, i) => 10_000 ** ((-2 * i) / width))

const twice = (x: Tensor) => concat([x, x], 2)

/** [Re, Im] along the last axis, times e^{i angle}. */
function turned(x: Tensor, angle: Tensor): Tensor {
  const [re, im] = split(x, 2, 2)
  const result = complexMul(complex(re, im), polar(1, angle))
  return concat([result.re, result.im], 2)
}
