/**
 * The mLSTM of xLSTM 7B: the matrix memory straight from the input, without convolution or inner widening, for blocks
 * with a feed-forward layer of their own.
 *
 *   q, k, v = x W_□,  ĩ, f̃ = cap(x W_□ + b)                        i = exp(ĩ), f = sigmoid(f̃), cap(z) = c tanh(z / c)
 *   C_t = f_t C_{t−1} + i_t k_t v_tᵀ,  n_t = f_t n_{t−1} + i_t k_t,  h_t = C_tᵀ q_t / max(|n_t · q_t|, 1)
 *   y_t = (norm(h_t) ∘ sigmoid(x_t W_o)) W                         state [B, H, K, V + 1] and m, see mlstm.ts
 *
 * Beck et al. 2025, arXiv:2503.13427, equations 1 to 9 and figure 2; the norm is LayerNorm of each head with scales of
 * its own, as the authors' code has it. Cost a layer: O(T (C + K) V) for chunks of C tokens. Recipe: keys half as wide as
 * values, a gated feed-forward layer after it.
 */
import { z } from 'zod'
import { add, full, layerNorm, logSigmoid, mul, sigmoid, type Tensor, tanh } from '../../engine/index.js'
import { decayChunked, decayParallel, decayStep } from '../../nn/decay.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { filled, one, uniformBetween, zero } from '../../nn/initializers.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { type DecayForm, type MatrixLstmState, matrixLstm, matrixLstmState } from '../../nn/matrix-lstm.js'
import { parameter } from '../../nn/parameter.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame, type Setting } from '../mixer.js'
import { count, headsInChunks, positive } from '../settings.js'

const config = headsInChunks.extend({
  keyWidth: count.optional().describe('K: features of each head’s keys; half of a head’s values by default'),
  valueWidth: count.optional().describe('V: features of each head’s values; dim / heads by default'),
  shift: z.boolean().default(false).describe('a shift in the norm of what is read'),
  cap: positive.default(15).describe('c: gates are held within ± this before exp and sigmoid'),
})
type Settings = z.infer<typeof config>
type Config = Settings & Frame

function sizes({ dim, heads, valueWidth = dim / heads, keyWidth = valueWidth / 2 }: Config) {
  return { keyWidth, valueWidth }
}

function parameters(c: Config) {
  const { dim, heads, bias } = c
  const { keyWidth, valueWidth } = sizes(c)
  return {
    query: linear(dim, heads * keyWidth, { bias }),
    key: linear(dim, heads * keyWidth, { bias }),
    value: linear(dim, heads * valueWidth, { bias }),
    gate: linear(dim, heads * valueWidth, { bias }),
    inputGate: { map: linear(dim, heads, { bias: false, initial: zero }), offset: parameter([heads], filled(-10)) },
    forgetGate: {
      map: linear(dim, heads, { bias: false, initial: zero }),
      offset: parameter([heads], uniformBetween(3, 6)),
    },
    scale: parameter([heads * valueWidth], one),
    shift: c.shift ? parameter([heads * valueWidth], zero) : undefined,
    output: linear(heads * valueWidth, dim, { bias }),
  }
}
type At = Setting<Settings, ReturnType<typeof parameters>>

interface Projected {
  readonly q: Tensor
  readonly k: Tensor
  readonly v: Tensor
  readonly input: Tensor
  readonly forget: Tensor
}

const remember = (recur: DecayForm, projected: Projected, held: MatrixLstmState, { config: c, context }: At) =>
  matrixLstm(recur, projected, held, c.chunk, context)

export const xlstmLarge = defineMixer({
  id: 'xlstm-large',
  family: 'recurrent',
  citation: {
    title: 'xLSTM 7B: A Recurrent LLM for Fast and Efficient Inference',
    authors: 'Beck et al.',
    year: 2025,
    arxiv: '2503.13427',
    equations: '1 to 9, figure 2',
  },
  summary: 'A matrix memory with exponential gates straight from the input, for blocks with a feed-forward layer.',
  config,
  causal: true,

  validate(c: Config) {
    const { keyWidth, valueWidth } = sizes(c)
    if (Number.isInteger(keyWidth) && Number.isInteger(valueWidth)) return
    throw new UserError(
      `xlstm-large: heads must have whole widths of keys and values, got ${keyWidth} and ${valueWidth} – set keyWidth and valueWidth`,
    )
  },

  parameters,

  state: (c: Config, { batch }) => matrixLstmState(batch, c.heads, sizes(c).keyWidth, sizes(c).valueWidth),

  project(p, x, { config: c }) {
    const [q, k, v, gate] = applyTogether(x, [p.query, p.key, p.value, p.gate])
    const capped = ({ map, offset }: typeof p.inputGate) => mul(tanh(mul(add(map(x), offset), 1 / c.cap)), c.cap)
    const heads = (t: Tensor) => splitHeads(t, c.heads)
    return {
      q: heads(q),
      k: heads(k),
      v: heads(v),
      input: capped(p.inputGate),
      forget: logSigmoid(capped(p.forgetGate)),
      gate,
    }
  },

  parallel: (projected, held, at) => remember(decayParallel, projected, held, at),
  chunked: (projected, held, at) => remember(decayChunked, projected, held, at),
  step: (projected, held, at) => remember(decayStep, projected, held, at),

  output(p, y, { gate }, { config: c }) {
    const width = sizes(c).valueWidth
    const normed = layerNorm(y, full([width], 1), full([width], 0), c.epsilon)
    const scaled = mul(mergeHeads(normed), p.scale)
    return p.output(mul(p.shift ? add(scaled, p.shift) : scaled, sigmoid(gate)))
  },
})
