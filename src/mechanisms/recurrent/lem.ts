/**
 * Long expressive memory: a discretised system of differential equations with two states, whose step sizes are learned
 * and depend on input and state, so that each channel finds a time scale of its own.
 *
 *   a = Δ sigmoid(y_{t−1} W₁ + x_t V₁ + b₁),  b = Δ sigmoid(y_{t−1} W₂ + x_t V₂ + b₂)     step sizes
 *   z_t = (1 − a) ∘ z_{t−1} + a ∘ tanh(y_{t−1} W_z + x_t V_z + b_z)
 *   y_t = (1 − b) ∘ y_{t−1} + b ∘ tanh(z_t W_y + x_t V_y + b_y)         state y and z, [B, d] each, constant in T
 *
 * Rusch et al. 2021, arXiv:2110.04744, equation 3. Cost a layer: O(T d²), one step after the other, two products each.
 * Recipe: all weights uniform in ±1/√d, Adam at 2e-3 to 5e-3 without decay, Δ = 1; smaller Δ for longer memory.
 */
import { z } from 'zod'
import { add, matmul, mul, name, sigmoid, slice, split, sub, type Tensor, tanh } from '../../engine/index.js'
import { fanIn } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { loopOverTime } from '../../nn/recurrence.js'
import { defineMixer, type Frame } from '../mixer.js'

const config = z.object({
  step: z.number().positive().max(1).default(1).describe('Δ: the largest step size'),
  project: z.boolean().default(true).describe('a linear map after the recurrence, as other mixers have'),
})
type Config = z.infer<typeof config> & Frame

interface Memory {
  /** y and z of the equations. */
  readonly hidden: Tensor
  readonly memory: Tensor
}

export const lem = defineMixer({
  id: 'lem',
  family: 'recurrent',
  citation: {
    title: 'Long Expressive Memory for Sequence Modeling',
    authors: 'Rusch et al.',
    year: 2021,
    arxiv: '2110.04744',
    equations: '3',
  },
  summary: 'Two coupled states, each blended towards a new value by step sizes that input and state choose.',
  config,
  causal: true,

  parameters: ({ dim, bias, project }: Config) => ({
    input: linear(dim, 4 * dim, { bias: false }),
    offset: parameter([4 * dim], fanIn(dim)),
    recurrent: parameter([dim, 3 * dim], fanIn(dim)),
    coupling: parameter([dim, dim], fanIn(dim)),
    output: project ? linear(dim, dim, { bias }) : undefined,
  }),

  state: ({ dim }: Config, { batch }) => {
    const leaf = { shape: [batch, dim], dtype: 'f32', change: 'replace' } as const
    return { hidden: leaf, memory: leaf }
  },

  project: (p, x) => ({ sums: add(p.input(x), p.offset) }),

  parallel({ sums }, { hidden, memory }, { p, config: { dim, step }, context }) {
    const body = (before: Memory, at: Tensor) => {
      const driven = add(slice(at, 1, 0, 3 * dim), matmul(before.hidden, p.recurrent))
      const steps = mul(sigmoid(slice(driven, 1, 0, 2 * dim)), step)
      const [a, b] = split(steps, 2, 1)
      const next = towards(before.memory, tanh(slice(driven, 1, 2 * dim, 3 * dim)), a)
      const drive = tanh(add(slice(at, 1, 3 * dim, 4 * dim), matmul(next, p.coupling)))
      const y = towards(before.hidden, drive, b)
      return { memory: { hidden: y, memory: next }, y }
    }
    const start: Memory = { hidden, memory }
    const { ys, memory: last } = loopOverTime(body, start, sums, context)
    return { y: name(ys, 'hidden'), state: { ...last } }
  },

  output: (p, y) => (p.output ? p.output(y) : y),
})

/** (1 − share) ∘ from + share ∘ to */
function towards(from: Tensor, to: Tensor, share: Tensor): Tensor {
  return add(from, mul(share, sub(to, from)))
}
