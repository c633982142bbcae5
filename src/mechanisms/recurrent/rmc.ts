/**
 * Relational memory core: slots that attend to each other and to the input at every step, under the gates of an LSTM.
 *
 *   M̂ = norm(M + attention(M, [M; x_t])),  M̃ = norm(M̂ + mlp(M̂)) row by row
 *   i, f = sigmoid(x_t W + tanh(M) U + b)            a number per slot and feature
 *   M_t = f ∘ M_{t−1} + i ∘ tanh(M̃),  y_t = M_t, all slots side by side, W_o
 *   state M_t − M_0, [B, S, d] for S slots, constant in T; M_0 has a one in place s of slot s
 *
 * Santoro et al. 2018, arXiv:1806.01822: attention section 3.2, gates section 3.3 (equations 5 to 8 there), with the
 * authors' unit gates; the forget gate begins open. The row-wise layer has a GELU for their ReLU. Cost a layer: O(T (S² d + S d²)), one step after the other.
 * Recipe: one layer without a channel mixer; AdamW, rate 1e-3.
 */
import { z } from 'zod'
import {
  add,
  concat,
  constant,
  gelu,
  matmul,
  mul,
  reshape,
  sigmoid,
  softmax,
  split,
  sub,
  type Tensor,
  tanh,
  unsqueeze,
} from '../../engine/index.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { listed } from '../../nn/initializers.js'
import { linear, norm } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { loopOverTime } from '../../nn/recurrence.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  slots: count.default(4).describe('S: rows of the memory'),
})
type Config = z.infer<typeof config> & Frame

export const rmc = defineMixer({
  id: 'rmc',
  family: 'recurrent',
  citation: {
    title: 'Relational recurrent neural networks',
    authors: 'Santoro et al.',
    year: 2018,
    arxiv: '1806.01822',
    equations: '5, 6, 7, 8, section 3.2',
  },
  summary: 'A few memory slots that attend to each other and to each token, with gates.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('rmc', c),

  parameters: ({ dim, slots, bias }: Config) => ({
    query: linear(dim, dim, { bias }),
    content: linear(dim, 2 * dim, { bias }),
    attentionNorm: norm('layer', dim),
    up: linear(dim, dim, { bias }),
    down: linear(dim, dim, { bias }),
    rowNorm: norm('layer', dim),
    gateInput: linear(dim, 2 * dim, { bias: false }),
    gateMemory: linear(dim, 2 * dim, { bias: false }),
    gateOffset: parameter([2, dim], listed([...new Array<number>(dim).fill(0), ...new Array<number>(dim).fill(1)]), {
      decay: false,
    }),
    output: linear(slots * dim, dim, { bias }),
  }),

  state: ({ dim, slots }: Config, { batch }) => ({
    memory: { shape: [batch, slots, dim], dtype: 'f32', change: 'replace' },
  }),

  project: (p, x) => ({ content: p.content(x), gates: p.gateInput(x) }),

  parallel({ content, gates }, { memory }, { p, config: { heads, dim, slots }, context }) {
    const first = constant(
      Float32Array.from({ length: slots * dim }, (_, i) => +(Math.floor(i / dim) === i % dim)),
      [slots, dim],
    )
    const attend = (M: Tensor, input: Tensor) => {
      const [k, v] = split(concat([p.content(M), unsqueeze(input, 1)], 1), 2, 2).map((t) => splitHeads(t, heads))
      const scores = matmul(splitHeads(p.query(M), heads), k, { transposeB: true, scale: (dim / heads) ** -0.5 })
      return mergeHeads(matmul(softmax(scores), v))
    }
    const offset = reshape(p.gateOffset, [2 * dim])
    const { ys, memory: last } = loopOverTime(
      (held: Tensor, at: { content: Tensor; gates: Tensor }) => {
        const M = add(held, first)
        const related = p.attentionNorm(add(M, attend(M, at.content)))
        const candidate = p.rowNorm(add(related, p.down(gelu(p.up(related)))))
        const sums = add(add(unsqueeze(at.gates, 1), p.gateMemory(tanh(M))), offset)
        const [i, f] = split(sigmoid(sums), 2, 2)
        const next = add(mul(f, M), mul(i, tanh(candidate)))
        return { memory: sub(next, first), y: next }
      },
      memory,
      { content, gates },
      context,
    )
    return { y: ys, state: { memory: last } }
  },

  output: (p, y) => p.output(reshape(y, [y.shape[0], y.shape[1], -1])),
})
