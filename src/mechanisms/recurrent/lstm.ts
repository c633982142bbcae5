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
import {
  add,
  equal,
  matmul,
  mul,
  name,
  reshape,
  scan,
  sigmoid,
  split,
  type Tensor,
  tanh,
  transpose,
  where,
} from '../../engine/index.js'
import { isToken } from '../../nn/documents.js'
import { fanIn, listed } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
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

  parallel({ gates, documents, carriedDocument }, state, { p }) {
    const first = (t: Tensor) => transpose(t, [1, 0, ...Array.from({ length: t.rank - 2 }, (_, i) => i + 2)])
    const body = (memory: Memory, at: { gates: Tensor; documents?: Tensor }): { carry: Memory; y: Tensor } => {
      const next = cellStep(at.gates, p.recurrent, memory)
      return { carry: next, y: next.hidden }
    }
    if (!documents) {
      const { carry, ys } = scan(body, { hidden: state.hidden, cell: state.cell } as Memory, { gates: first(gates) })
      return { y: first(ys), state: { hidden: carry.hidden, cell: name(carry.cell, 'cell') } }
    }
    // A new document starts from zero; padding leaves the memory as it is.
    const { carry, ys } = scan(
      ({ memory, document }: { memory: Memory; document: Tensor }, at: { gates: Tensor; documents: Tensor }) => {
        const row = (t: Tensor) => reshape(t, [-1, 1])
        const real = row(isToken(at.documents)!)
        const same = row(equal(at.documents, document))
        const start = { hidden: where(same, memory.hidden, 0), cell: where(same, memory.cell, 0) }
        const { carry: next, y } = body(start, { gates: at.gates })
        const kept = { hidden: where(real, next.hidden, memory.hidden), cell: where(real, next.cell, memory.cell) }
        return { carry: { memory: kept, document: where(isToken(at.documents)!, at.documents, document) }, y }
      },
      { memory: { hidden: state.hidden, cell: state.cell } as Memory, document: carriedDocument! },
      { gates: first(gates), documents: transpose(documents) },
    )
    return { y: first(ys), state: carry.memory }
  },

  output: (p, y) => (p.output ? p.output(y) : y),
})
