/**
 * Mega: an exponential moving average of many speeds says what to look for, and one gated head of attention fetches it.
 *
 *   h_t = (1 − α∘δ) ∘ h_{t−1} + α∘β x_t,  x'_t = Σ η ∘ h_t     per feature h speeds, α and δ in (0, 1)
 *   z = silu(x' W_z),  q = κ_q ∘ z + μ_q,  k = κ_k ∘ z + μ_k,  v = silu(x W_v)
 *   o = f(q kᵀ) v,  f softmax(·/√Z), or Laplace: ½(1 + erf((s/n − √½) √(2π))) for n visible tokens
 *   γ = silu(x' W_γ),  φ = sigmoid(x' W_φ),  ĥ = silu(x' W_h + (γ∘o) U_h),  out = φ ∘ (ĥ − x)
 *
 * Ma et al. 2022, arXiv:2209.10655, section 3: damped average, gated attention, Laplace function, and Mega-chunk, where a
 * token sees its own part of the document only. The block's residual adds the (1 − φ) ∘ x that the paper has in `out`, with
 * the norm before the mixer; published code also adds ω ∘ x to the average, which the equations do not. Of the paper's two position schemes this has rotary. The average is a convolution; packed
 * documents take its recurrence. State: the average [B, d, h]; keys and values of all tokens, or of the last chunk − 1, in
 * which padding takes places. Cost a layer: O(T log T d + T² Z), with chunks of c tokens the scores of a token are c.
 * Recipe: AdamW, rate 1e-3 at d = 256; β 1 and −1 in turn, δ and α around ½, η normal.
 */
import { z } from 'zod'
import { add, mod, mul, name, sigmoid, silu, squeeze, sub, type Tensor, unsqueeze } from '../../engine/index.js'
import { attend } from '../../nn/attention.js'
import { causalBias } from '../../nn/documents.js'
import { gaussian, one, zero } from '../../nn/initializers.js'
import { attendByLaplace } from '../../nn/laplace-attention.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { attendLocally } from '../../nn/local-attention.js'
import { movingAverage, movingAverageState } from '../../nn/moving-average.js'
import { parameter } from '../../nn/parameter.js'
import { rotary } from '../../nn/rotary.js'
import { documentNumbers, pastBias, withinWindow } from '../../nn/window.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, positive } from '../settings.js'

const config = z.object({
  speeds: count.default(16).describe('h: moving averages of each feature'),
  keyWidth: count.default(32).describe('Z: width of queries and keys'),
  expand: positive.default(2).describe('width of the values as a multiple of the model width'),
  attention: z.enum(['softmax', 'laplace']).default('softmax'),
  chunk: count.optional().describe('tokens of a document that attend to each other; all by default'),
})
type Config = z.infer<typeof config> & Frame

const inner = (c: Config) => Math.round(c.dim * c.expand)

export const mega = defineMixer({
  id: 'mega',
  family: 'attention',
  citation: {
    title: 'Mega: Moving Average Equipped Gated Attention',
    authors: 'Ma et al.',
    year: 2022,
    arxiv: '2209.10655',
    equations: 'section 3',
  },
  summary: 'One gated head of attention whose queries and keys are moving averages, over all tokens or in chunks.',
  config,
  causal: true,
  cost: 'quadratic',

  validate(c: Config) {
    if (c.keyWidth % 2 !== 0)
      throw new UserError(`mega: keyWidth must be even for rotary positions, got ${c.keyWidth} – use ${c.keyWidth + 1}`)
  },

  parameters(c: Config) {
    const map = (outputs: number) => linear(c.dim, outputs, { bias: c.bias })
    return {
      average: movingAverage(c.dim, c.speeds),
      shared: map(c.keyWidth),
      queryScale: parameter([c.keyWidth], gaussian(1)),
      queryShift: parameter([c.keyWidth], zero),
      keyScale: parameter([c.keyWidth], one),
      keyShift: parameter([c.keyWidth], zero),
      value: map(inner(c)),
      reset: map(inner(c)),
      update: map(c.dim),
      candidate: map(c.dim),
      fetched: linear(inner(c), c.dim, { bias: false }),
    }
  },

  state(c: Config, { batch, capacity }) {
    const kept = c.chunk === undefined ? capacity : c.chunk - 1
    const change = (axis: number) => (c.chunk === undefined ? { append: axis } : { ring: axis })
    return {
      average: movingAverageState(batch, c.dim, c.speeds),
      keys: { shape: [batch, 1, kept, c.keyWidth], dtype: 'f32', change: change(2) },
      values: { shape: [batch, 1, kept, inner(c)], dtype: 'f32', change: change(2) },
      documents: { shape: [batch, kept], dtype: 'i32', change: change(1) },
    }
  },

  project: (p, x) => ({ x, v: unsqueeze(silu(p.value(x)), 1) }),

  parallel: ({ x, v }, state, { p, config: c, context }) => {
    const { y: average, state: last } = p.average(x, state.average, context)
    const [z, reset, update, candidate] = applyTogether(average, [p.shared, p.reset, p.update, p.candidate])
    const turned = (scale: Tensor, shift: Tensor) =>
      rotary(unsqueeze(add(mul(silu(z), scale), shift), 1), context.positions)
    const [q, k] = [turned(p.queryScale, p.queryShift), turned(p.keyScale, p.keyShift)]
    const reach = c.chunk === undefined ? undefined : add(mod(context.positions, c.chunk), 1)
    const hidden = pastBias(state.documents, reach, context)
    const past = { keys: state.keys.buffer, values: state.values.buffer, bias: hidden }
    const bias = withinWindow(causalBias(context), reach, context)
    const inBlocks = c.chunk! > 1 && c.attention === 'softmax' && !context.documents
    const fetch = c.attention === 'softmax' ? attend : attendByLaplace
    const fetched = inBlocks ? attendLocally(q, k, v, c.chunk!, state, reach) : fetch(q, k, v, bias, past)
    const found = silu(add(candidate, p.fetched(mul(silu(reset), squeeze(fetched, 1)))))
    return {
      y: mul(name(sigmoid(update), 'update'), sub(found, x)),
      state: { average: last, keys: k, values: v, documents: documentNumbers(context) },
    }
  },

  output: (_, y) => y,
})
