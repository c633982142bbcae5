/**
 * mLSTM: linear attention with an exponential input gate, a forget gate and a normaliser, both of one number a head.
 *
 *   C_t = f_t C_{t−1} + i_t k_t v_tᵀ,  n_t = f_t n_{t−1} + i_t k_t       i = exp(ĩ), f = sigmoid(f̃)
 *   h_t = C_tᵀ q_t / max(|n_t · q_t|, 1)
 *   y_t = ((norm(h_t) + s ∘ u_t) ∘ swish(x_t W_z)) W_o                   q, k of u = swish(convolution(x W)), v of x W
 *
 * Beck et al. 2024, arXiv:2405.04517, equations 19 to 27, block figure 11. C and n, side by side in a state [B, H, K, V
 * + 1], are held divided by e^m, m_t = log(1 + e^ĩ_t + f_t e^{m_{t−1}}) (the paper's m is a maximum; h is the same):
 * writes and decays are at most 1, so h is exact in every form however large the gates. C and n themselves are only as
 * exact as e^m, hence `cap`, from the same authors' 2503.13427. The gates see q, k and v; those are block-diagonal by
 * heads (by fours in the authors' code). Cost a layer: O(T (C + K) V) for chunks of C tokens. Recipe: AdamW, rate 1e-3
 * at d = 256; forget offsets from 3 to 6, gates' maps from 0, as theirs.
 */
import { z } from 'zod'
import { add, concat, logSigmoid, mul, silu, split, type Tensor, tanh } from '../../engine/index.js'
import { blockDiagonal } from '../../nn/block-diagonal.js'
import { decayChunked, decayParallel, decayStep } from '../../nn/decay.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { one, zero } from '../../nn/initializers.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { type DecayForm, type MatrixLstmState, matrixLstm, matrixLstmState } from '../../nn/matrix-lstm.js'
import { parameter } from '../../nn/parameter.js'
import { shortConvolution, shortConvolutionState } from '../../nn/short-convolution.js'
import { defineMixer, type Frame, type Setting } from '../mixer.js'
import { count, headsOf, positive, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  expand: count.max(4).default(2).describe('inner width as a multiple of the model width'),
  cap: positive.default(15).describe('gates are held within ± this before exp and sigmoid, by tanh'),
  convolution: count.default(4).describe('tokens that queries and keys see'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Settings = z.infer<typeof config>
type Config = Settings & Frame

const headWidth = (c: Config) => (c.dim * c.expand) / c.heads

const parameters = ({ dim, heads, bias, expand, convolution }: Config) => ({
  input: linear(dim, dim * expand, { bias }),
  gate: linear(dim, dim * expand, { bias }),
  convolution: shortConvolution(dim * expand, convolution),
  queryKey: blockDiagonal(dim * expand, { parts: 2, blocks: heads }),
  value: blockDiagonal(dim * expand, { blocks: heads }),
  gates: linear(3 * dim * expand, 2 * heads, { bias: false, initial: zero }),
  offset: parameter([2 * heads], ([count]) =>
    Float32Array.from({ length: count }, (_, i) => (i < heads ? 0 : 3 + (3 * (i - heads)) / Math.max(1, heads - 1))),
  ),
  skip: parameter([dim * expand], one),
  norm: norm('layer', (dim * expand) / heads),
  output: linear(dim * expand, dim, { bias }),
})

interface Projected {
  readonly input: Tensor
  readonly gate: Tensor
}
interface Held extends MatrixLstmState {
  readonly past: Tensor
}
type At = Setting<Settings, ReturnType<typeof parameters>>

/** The block behind its first maps, around one form of the recurrence. */
function remember(recur: DecayForm, { input, gate }: Projected, held: Held, { p, config: c, context }: At) {
  const { y: convolved, past } = p.convolution(input, held.past, context)
  const seen = silu(convolved)
  const wide = [...split(p.queryKey(seen), 2, 2), p.value(input)]
  const sums = add(p.gates(concat(wide, 2)), p.offset)
  const [written, kept] = split(mul(tanh(mul(sums, 1 / c.cap)), c.cap), 2, 2)
  const logGates = { input: written, forget: logSigmoid(kept) }
  const [q, k, v] = wide.map((t) => splitHeads(t, c.heads))
  const { y, state } = matrixLstm(recur, { q, k, v, ...logGates }, held, c.chunk, context)
  const whole = add(mergeHeads(p.norm(y)), mul(seen, p.skip))
  return { y: mul(whole, silu(gate)), state: { ...state, past } }
}

export const mlstm = defineMixer({
  id: 'mlstm',
  family: 'recurrent',
  citation: {
    title: 'xLSTM: Extended Long Short-Term Memory',
    authors: 'Beck et al.',
    year: 2024,
    arxiv: '2405.04517',
    equations: '19 to 27, figure 11',
  },
  summary: 'A matrix memory with an exponential input gate, a forget gate and a normaliser.',
  config,
  causal: true,

  validate(c: Config) {
    headsOf('mlstm', { ...c, dim: c.dim * c.expand })
  },

  parameters,

  state: (c: Config, { batch }) => ({
    ...matrixLstmState(batch, c.heads, headWidth(c), headWidth(c)),
    past: shortConvolutionState(batch, c.convolution, c.dim * c.expand),
  }),

  project(p, x) {
    const [input, gate] = applyTogether(x, [p.input, p.gate])
    return { input, gate }
  },

  parallel: (projected, held, at) => remember(decayParallel, projected, held, at),
  chunked: (projected, held, at) => remember(decayChunked, projected, held, at),
  step: (projected, held, at) => remember(decayStep, projected, held, at),

  output: (p, y) => p.output(y),
})
