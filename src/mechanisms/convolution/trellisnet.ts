/**
 * TrellisNet: a convolution of two taps applied many times with one set of weights, the input given to every level.
 *
 *   ẑ_t = [x_{t−s}, h_{t−s}] W₁ + [x_t, h_t] W₂ + b        h of the level below, s its stride
 *   c'_t = sigmoid(f̂) ∘ c_{t−s} + sigmoid(î) ∘ tanh(ĝ),  h'_t = sigmoid(ô) ∘ tanh(c'_t)
 *   state: x, and of every level below the last c and h, at the tokens before, constant in T
 *
 * Bai et al. 2018, arXiv:1810.06682: equations 1 and 2, its LSTM gates and dilation. With `unit` tanh, h' = tanh(ẑ),
 * and W₁ = [0, U], W₂ = [W, 0] it is a recurrent net truncated to as many steps as there are levels (theorem 1). A net
 * of L levels sees Σ s + 1 tokens. Cost a layer: O(T L d²). Recipe: no channel mixer; AdamW, rate 1e-3.
 */
import { z } from 'zod'
import { add, concat, mul, sigmoid, slice, split, type Tensor, tanh, zeros } from '../../engine/index.js'
import { linear } from '../../nn/layers.js'
import { lookBack, pastTokens } from '../../nn/look-back.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count } from '../settings.js'

const config = z.object({
  levels: count.default(8).describe('times that the convolution is applied'),
  growth: count.max(2).default(1).describe('factor from the stride of a level to that of the next'),
  unit: z.enum(['lstm', 'tanh']).default('lstm').describe('gates of an LSTM, or a plain tanh'),
})
type Config = z.infer<typeof config> & Frame

const stride = ({ growth }: Config, level: number) => growth ** level
/** What a level hands on: its cell beside its result. */
const width = ({ unit, dim }: Config) => (unit === 'lstm' ? 2 * dim : dim)

export const trellisnet = defineMixer({
  id: 'trellisnet',
  family: 'convolution',
  citation: {
    title: 'Trellis Networks for Sequence Modeling',
    authors: 'Bai et al.',
    year: 2018,
    arxiv: '1810.06682',
    equations: '1, 2',
  },
  summary: 'One gated convolution of two taps, applied level upon level to itself and the input.',
  config,
  causal: true,

  parameters: ({ dim, bias, unit }: Config) => ({
    kernel: linear(4 * dim, unit === 'lstm' ? 4 * dim : dim, { bias }),
    output: linear(dim, dim, { bias }),
  }),

  state: (c: Config, { batch }): Readonly<Record<string, ReturnType<typeof pastTokens>>> => ({
    input: pastTokens(batch, stride(c, c.levels - 1), c.dim),
    ...Object.fromEntries(
      Array.from({ length: c.levels - 1 }, (_, below) => [
        `level${below + 1}`,
        pastTokens(batch, stride(c, below + 1), width(c)),
      ]),
    ),
  }),

  project: (_, x) => ({ x }),

  parallel({ x }, state, { p, config: c, context }) {
    const before = lookBack(
      x,
      state.input,
      levelsOf(c).map((level) => stride(c, level)),
      context,
    )
    const next: Record<string, Tensor> = { input: before.past }
    let z = zeros([...x.shape.slice(0, 2), width(c)])
    for (const level of levelsOf(c)) {
      const held = state[`level${level}`]
      const back = held && lookBack(z, held, [stride(c, level)], context)
      if (back) next[`level${level}`] = back.past
      const earlier = back?.seen[0] ?? z
      const result = (t: Tensor) => slice(t, 2, -c.dim)
      const gates = p.kernel(concat([before.seen[level], result(earlier), x, result(z)], 2))
      z = c.unit === 'lstm' ? gated(gates, slice(earlier, 2, 0, c.dim)) : tanh(gates)
    }
    return { y: slice(z, 2, -c.dim), state: next }
  },

  output: (p, y) => p.output(y),
})

const levelsOf = ({ levels }: Config) => Array.from({ length: levels }, (_, level) => level)

/** [c, h] from the four gates and the earlier token's c. */
function gated(gates: Tensor, cell: Tensor): Tensor {
  const [i, f, g, o] = split(gates, 4, 2)
  const next = add(mul(sigmoid(f), cell), mul(sigmoid(i), tanh(g)))
  return concat([next, mul(sigmoid(o), tanh(next))], 2)
}
