/**
 * Gated recurrent unit: one gate decides how much of the state is replaced, another what its candidate sees of it.
 *
 *   r, z = sigmoid(x_t W + h_{t−1} U + b)            reset and update
 *   n = tanh(x_t W_n + b_n + r ∘ (h_{t−1} U_n + b_u))
 *   h_t = z ∘ h_{t−1} + (1 − z) ∘ n                  state [B, d], constant in T
 *
 * Cho et al. 2014, arXiv:1406.1078, equations 5 to 8. Sources disagree on the reset gate: the paper's last version
 * applies it to the state before the product with U_n, the first version and the usual libraries after it. Followed is
 * the latter: one product a step. With `blocks` each matrix of U is block-diagonal, as in lstm. Cost a layer: O(T d²),
 * one step after the other. Recipe: AdamW, rate 1e-3 at d = 256.
 */
import { z } from 'zod'
import { add, name, type Tensor } from '../../engine/index.js'
import { blockDiagonal } from '../../nn/block-diagonal.js'
import { gruCell } from '../../nn/cells.js'
import { zero } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { loopOverTime } from '../../nn/recurrence.js'
import { defineMixer, type Frame } from '../mixer.js'
import { blocksOf, count } from '../settings.js'

const config = z.object({
  blocks: count.default(1).describe('blocks of the recurrent matrix: heads that see their own state alone'),
  project: z.boolean().default(true).describe('a linear map after the recurrence'),
})
type Config = z.infer<typeof config> & Frame

export const gru = defineMixer({
  id: 'gru',
  family: 'recurrent',
  citation: {
    title: 'Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine Translation',
    authors: 'Cho et al.',
    year: 2014,
    arxiv: '1406.1078',
    equations: '5 to 8, reset after the product',
  },
  summary: 'A recurrent net of one state and two gates, updated one token at a time.',
  config,
  causal: true,

  validate: ({ blocks, dim }: Config) => blocksOf('gru', blocks, dim),

  parameters: ({ dim, bias, blocks, project }: Config) => ({
    input: linear(dim, 3 * dim),
    recurrent: blockDiagonal(dim, { parts: 3, blocks }),
    offset: parameter([3 * dim], zero),
    output: project ? linear(dim, dim, { bias }) : undefined,
  }),

  state: ({ dim }: Config, { batch }) => ({ hidden: { shape: [batch, dim], dtype: 'f32', change: 'replace' } }),

  project: (p, x, { context: { documents, carriedDocument } }) => ({ sums: p.input(x), documents, carriedDocument }),

  parallel({ sums, ...timeline }, { hidden }, { p }) {
    const body = (memory: Tensor, at: Tensor) => {
      const next = gruCell(at, add(p.recurrent(memory), p.offset), memory)
      return { memory: next, y: next }
    }
    const { ys, memory } = loopOverTime(body, hidden, sums, timeline)
    return { y: name(ys, 'hidden'), state: { hidden: memory } }
  },

  output: (p, y) => (p.output ? p.output(y) : y),
})
