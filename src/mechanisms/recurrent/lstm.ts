/**
 * Long short-term memory: a recurrent net whose cell state passes through gates.
 *
 *   i, f, g, o = x_t W + h_{t−1} U + b         sigmoid for i, f, o and tanh for g
 *   c_t = f ∘ c_{t−1} + i ∘ g                  state c and h, [B, d] each, constant in T
 *   h_t = o ∘ tanh(c_t)
 *
 * Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000, biased to 1 so that it starts open
 * (Jozefowicz et al. 2015). Cost a layer: O(T d²), one step after the other. Recipe: AdamW, rate 1e-3 at d = 256.
 */
import { z } from 'zod'
import { add, matmul, mul, name, reshape, sigmoid, split, type Tensor, tanh } from '../../engine/index.js'
import { fanIn, listed } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { loopOverTime } from '../../nn/recurrence.js'
import { defineMixer, type Frame } from '../mixer.js'

const config = z.object({
  project: z.boolean().default(true).describe('a linear map after the recurrence, as other mixers have'),
})
type Config = z.infer<typeof config> & Frame

interface Memory {
  readonly hidden: Tensor
  readonly cell: Tensor
}

function cellStep(gates: Tensor, recurrent: Tensor, { hidden, cell }: Memory): Memory {
  const [i, f, g, o] = split(add(gates, matmul(hidden, recurrent)), 4, -1)
  const next = add(mul(sigmoid(f), cell), mul(sigmoid(i), tanh(g)))
  return { hidden: mul(sigmoid(o), tanh(next)), cell: next }
}

export const lstm = defineMixer({
  id: 'lstm',
  family: 'recurrent',
  citation: {
    title: 'Long Short-Term Memory',
    authors: 'Hochreiter and Schmidhuber',
    year: 1997,
    equations: 'cell with forget gate (Gers et al. 2000)',
  },
  summary: 'The classic gated recurrent net: a cell of d numbers, updated one token at a time.',
  config,
  causal: true,

  parameters: ({ dim, bias, project }: Config) => ({
    input: linear(dim, 4 * dim, { bias: false }),
    recurrent: parameter([dim, 4 * dim], fanIn(dim)),
    offset: parameter([4, dim], listed([0, 1, 0, 0].flatMap((value) => new Array<number>(dim).fill(value))), {
      decay: false,
    }),
    output: project ? linear(dim, dim, { bias }) : undefined,
  }),

  state: ({ dim }: Config, { batch }) => {
    const leaf = { shape: [batch, dim], dtype: 'f32', change: 'replace' } as const
    return { hidden: leaf, cell: leaf }
  },

  project: (p, x, { context: { documents, carriedDocument } }) => ({
    gates: add(p.input(x), reshape(p.offset, [p.recurrent.shape[1]])),
    documents,
    carriedDocument,
  }),

  parallel({ gates, documents, carriedDocument }, { hidden, cell }, { p }) {
    const body = (memory: Memory, at: Tensor) => {
      const next = cellStep(at, p.recurrent, memory)
      return { memory: next, y: next.hidden }
    }
    const start: Memory = { hidden, cell }
    const { ys, memory } = loopOverTime(body, start, gates, { documents, carriedDocument })
    return { y: ys, state: { hidden: memory.hidden, cell: name(memory.cell, 'cell') } }
  },

  output: (p, y) => (p.output ? p.output(y) : y),
})
