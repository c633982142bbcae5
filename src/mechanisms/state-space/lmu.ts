/**
 * LMU: a few numbers of each token go into a fixed memory of the recent past, which is read by learned maps.
 *
 *   u_t = x_t W_u                                   M numbers
 *   m_t = Ā m_{t−1} + B̄ u_t                         state [B, M, N]: Legendre coefficients of the last θ tokens
 *   o_t = gelu(m_t W_m + x_t W_x + b),  out = o W_o
 *
 * Voelker, Kajić and Eliasmith 2019 (matrices), Chilkuri and Eliasmith 2021, arXiv:2102.11417, equations 18 to 20 and,
 * by Fourier transforms, 26: without the recurrent connections of the first LMU. LMUFormer (Liu et al. 2024,
 * arXiv:2402.04882) uses this form with M = 1, N = d and a ReLU on u and on o. Ā and B̄ are not trained. Single tokens
 * and packed documents take the recurrence. Cost a layer: O(M N (T log T + T d)). Recipe: AdamW, rate 1e-3 at d = 256.
 */
import { z } from 'zod'
import { add, gelu, reshape } from '../../engine/index.js'
import { linear } from '../../nn/layers.js'
import { legendreMemory } from '../../nn/legendre-memory.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, positive } from '../settings.js'

const config = z.object({
  channels: count.default(8).describe('M: numbers of each token that are remembered'),
  order: count.default(16).describe('N: Legendre coefficients of each'),
  window: positive.default(128).describe('θ: tokens that the memory reaches back'),
})
type Config = z.infer<typeof config> & Frame

export const lmu = defineMixer({
  id: 'lmu',
  family: 'state-space',
  citation: {
    title: 'Parallelizing Legendre Memory Unit Training',
    authors: 'Chilkuri and Eliasmith',
    year: 2021,
    arxiv: '2102.11417',
    equations: '18 to 20, 26',
  },
  summary: 'A fixed memory that holds the last tokens as Legendre coefficients, read by learned maps.',
  config,
  causal: true,
  cost: 'quasilinear',

  parameters: ({ dim, bias, channels, order }: Config) => ({
    write: linear(dim, channels, { bias }),
    read: linear(channels * order, dim, { bias }),
    direct: linear(dim, dim, { bias: false }),
    output: linear(dim, dim, { bias }),
  }),

  state: ({ channels, order }: Config, { batch }) => ({
    memory: { shape: [batch, channels, order], dtype: 'f32', change: 'replace' },
  }),

  project: (p, x) => ({ x, u: p.write(x) }),

  parallel({ u }, { memory }, { config: c, context }) {
    const [B, T] = u.shape
    const { memory: all, state } = legendreMemory(c, u, memory, context)
    return { y: reshape(all, [B, T, c.channels * c.order]), state: { memory: state } }
  },

  output: (p, y, { x }) => p.output(gelu(add(p.read(y), p.direct(x)))),
})
