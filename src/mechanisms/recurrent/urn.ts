/**
 * Unitary recurrent net: each token is an orthogonal matrix that turns the state, and nothing else happens to it.
 *
 *   Q_t = exp(A(x_t) − A(x_t)ᵀ),  A(x) the entries x W above the diagonal
 *   h_t = Q_t h_{t−1},  h_0 = 1 / √N in every place      state [B, H, N], of constant length
 *   y_t = h_t W_o
 *
 * Bernardy and Lappin 2022, arXiv:2208.05719, section 2: real orthogonal matrices, a linear read-out and no nonlinearity.
 * There each word has a matrix; here features choose it, which for the embedding of a word is the same. Heads are states
 * of their own. The norm of a skew matrix is bounded by 4, more than half a turn, so that no input overflows.
 * Cost a layer: O(T d N²) in steps one after the other, for heads of N numbers. Recipe: one layer, no norm and no channel
 * mixer, AdamW, rate 3e-3.
 */
import { z } from 'zod'
import { full, matmul, name, reshape, type Tensor, unsqueeze } from '../../engine/index.js'
import { linear } from '../../nn/layers.js'
import { orthogonal, skewCount } from '../../nn/matrix-exponential.js'
import { loopOverTime } from '../../nn/recurrence.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({ heads: count.optional().describe('states side by side, each with a matrix of its own') })
type Config = z.infer<typeof config> & Frame

/** Rounded as stored states are, so that a fresh document begins with the very same number. */
const start = (N: number) => Math.fround(N ** -0.5)

export const urn = defineMixer({
  id: 'urn',
  family: 'recurrent',
  citation: {
    title: 'Assessing the Unitary RNN as an End-to-End Compositional Model of Syntax',
    authors: 'Bernardy and Lappin',
    year: 2022,
    arxiv: '2208.05719',
    equations: 'section 2',
  },
  summary: 'A state that each token turns by an orthogonal matrix: linear, and of constant length.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('urn', c),

  parameters: ({ dim, heads, bias }: Config) => ({
    turn: linear(dim, heads * skewCount(dim / heads), { bias }),
    output: linear(dim, dim, { bias }),
  }),

  state: ({ dim, heads }: Config, { batch }) => ({
    hidden: { shape: [batch, heads, dim / heads], dtype: 'f32', change: 'replace', fill: start(dim / heads) },
  }),

  project(p, x, { config: { dim, heads } }) {
    const [B, T] = x.shape
    const N = dim / heads
    return { turns: name(orthogonal(reshape(p.turn(x), [B, T, heads, skewCount(N)]), N), 'turns') }
  },

  parallel({ turns }, { hidden }, { context }) {
    const { ys, memory } = loopOverTime(
      (state: Tensor, turn: Tensor) => {
        const next = reshape(matmul(turn, unsqueeze(state, 3)), state.shape)
        return { memory: next, y: next }
      },
      hidden,
      turns,
      context,
      full(hidden.shape, start(hidden.shape[2])),
    )
    return { y: ys, state: { hidden: memory } }
  },

  output: (p, y) => p.output(reshape(y, [y.shape[0], y.shape[1], -1])),
})
