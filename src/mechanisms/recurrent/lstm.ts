/**
 * Long short-term memory: a recurrent net whose cell state passes through gates.
 *
 *   i, f, g, o = x_t W + h_{t−1} U + b         sigmoid for i, f, o and tanh for g
 *   c_t = f ∘ c_{t−1} + i ∘ g                  state c and h, [B, d] each, constant in T
 *   h_t = o ∘ tanh(c_t)
 *
 * Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000, biased to 1 so that it starts open
 * (Jozefowicz et al. 2015). With `blocks` each matrix of U is block-diagonal: heads of a smaller net side by side
 * (Pöppel et al. 2024, arXiv:2412.07752). Cost a layer: O(T d²), one step after the other, d² / blocks of it in the
 * loop. Recipe: AdamW, rate 1e-3 at d = 256.
 */
import { z } from 'zod'
import { add, name, reshape, type Tensor } from '../../engine/index.js'
import { blockDiagonal } from '../../nn/block-diagonal.js'
import { type LstmMemory, lstmCell } from '../../nn/cells.js'
import { listed } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { loopOverTime } from '../../nn/recurrence.js'
import { defineMixer, type Frame } from '../mixer.js'
import { blocksOf, count } from '../settings.js'

/** Offset of the forget gate before training: it starts open. */
const open = 1

const config = z.object({
  blocks: count.default(1).describe('blocks of the recurrent matrix: heads that see their own state alone'),
  project: z.boolean().default(true).describe('a linear map after the recurrence, as other mixers have'),
})
type Config = z.infer<typeof config> & Frame

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

  validate: ({ blocks, dim }: Config) => blocksOf('lstm', blocks, dim),

  parameters: ({ dim, bias, blocks, project }: Config) => ({
    input: linear(dim, 4 * dim, { bias: false }),
    recurrent: blockDiagonal(dim, { parts: 4, blocks }),
    offset: parameter([4, dim], listed([0, open, 0, 0].flatMap((value) => new Array<number>(dim).fill(value))), {
      decay: false,
    }),
    output: project ? linear(dim, dim, { bias }) : undefined,
  }),

  state: ({ dim }: Config, { batch }) => {
    const leaf = { shape: [batch, dim], dtype: 'f32', change: 'replace' } as const
    return { hidden: leaf, cell: leaf }
  },

  project: (p, x, { config: { dim }, context: { documents, carriedDocument } }) => ({
    gates: add(p.input(x), reshape(p.offset, [4 * dim])),
    documents,
    carriedDocument,
  }),

  parallel({ gates, documents, carriedDocument }, { hidden, cell }, { p }) {
    const body = (memory: LstmMemory, at: Tensor) => {
      const next = lstmCell(add(at, p.recurrent(memory.hidden)), memory.cell)
      return { memory: next, y: next.hidden }
    }
    const start: LstmMemory = { hidden, cell }
    const { ys, memory } = loopOverTime(body, start, gates, { documents, carriedDocument })
    return { y: ys, state: { hidden: memory.hidden, cell: name(memory.cell, 'cell') } }
  },

  output: (p, y) => (p.output ? p.output(y) : y),
})
