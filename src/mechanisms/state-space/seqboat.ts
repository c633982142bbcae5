/**
 * SeqBoat: a moving average reads every token and chooses those few that attend, to each other and in a window.
 *
 *   m = silu(EMA(x)),  p = softmax(m W_c / τ) over {skip, attend}     token t is chosen if p_t(attend) > p_t(skip)
 *   z, r, v = silu(m W),  q = κ_q ∘ z + μ_q,  k = κ_k ∘ z + μ_k       rotary, by places in the text
 *   o = softmax(q kᵀ / √Z) v                                           over the last W chosen tokens, oneself included
 *   y_t = m_t W_m + [t is chosen] p_t(attend) (o_t ∘ r_t) W_o
 *
 * Ren et al. 2023, arXiv:2306.11197, sections 3 and 4: sparse modular activation, latent configurator, working memory.
 * The choice is hard, but needs no estimator: its gradient flows through the confidence p that a chosen result is
 * multiplied with, and is the function's own wherever no p is one half. The activation around the residual is left out,
 * as the block adds it; of the paper's position schemes this has rotary. τ starts at 0.3 √d, the code's default (its
 * language models: √d). State: averages [B, d, h], the last W − 1 chosen tokens. Cost a layer: O(T (d h + W E)) in
 * chunks, for which chosen tokens move to the front of their row. Shapes are fixed, so the row stays T long: time does
 * not fall with the share that is chosen. Recipe: AdamW, rate 1e-3 at d = 256.
 */
import { z } from 'zod'
import {
  add,
  and,
  div,
  exp,
  greater,
  mul,
  name,
  sigmoid,
  silu,
  split,
  squeeze,
  sub,
  type Tensor,
  unsqueeze,
  where,
} from '../../engine/index.js'
import {
  attendChosen,
  attendChosenInBlocks,
  remembering,
  type WorkingMemory,
  workingMemory,
} from '../../nn/chosen-attention.js'
import { isToken } from '../../nn/documents.js'
import { filled, gaussian, zero } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { movingAverage, movingAverageState } from '../../nn/moving-average.js'
import { parameter } from '../../nn/parameter.js'
import { rotary } from '../../nn/rotary.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame, type Setting } from '../mixer.js'
import { count, positive } from '../settings.js'

const config = z.object({
  window: count.default(64).describe('W: chosen tokens that one of them attends to, itself included'),
  speeds: count.default(16).describe('h: moving averages of each feature'),
  keyWidth: count.default(32).describe('Z: width of queries and keys'),
  expand: positive.default(2).describe('width of the values as a multiple of the model width'),
})
type Options = z.infer<typeof config>
type Config = Options & Frame

const inner = (c: Config) => Math.round(c.dim * c.expand)

const parameters = (c: Config) => ({
  average: movingAverage(c.dim, c.speeds),
  configurator: linear(c.dim, 2, { bias: c.bias }),
  logTemperature: parameter([1], filled(Math.log(0.3 * Math.sqrt(c.dim)))),
  direct: linear(c.dim, c.dim, { bias: c.bias }),
  attention: linear(c.dim, c.keyWidth + 2 * inner(c), { bias: c.bias }),
  scale: parameter([2, c.keyWidth], gaussian(1), { decay: false }),
  shift: parameter([2, c.keyWidth], zero, { decay: false }),
  fetched: linear(inner(c), c.dim, { bias: c.bias }),
})

function around(
  fetch: typeof attendChosen,
  { x }: { x: Tensor },
  { average, ...memory }: WorkingMemory & { average: Tensor },
  { p, config: c, context }: Setting<Options, ReturnType<typeof parameters>>,
) {
  const { y: averaged, state: next } = p.average(x, average, context)
  const m = silu(averaged)
  const [skip, take] = split(p.configurator(m), 2, 2)
  const margin = div(sub(take, skip), exp(p.logTemperature))
  const real = isToken(context.documents)
  const wanted = squeeze(greater(margin, 0), 2)
  const chosen = real ? and(wanted, real) : wanted
  const confidence = name(where(unsqueeze(chosen, 2), sigmoid(margin), 0), 'confidence')
  const [z, gate, v] = split(silu(p.attention(m)), [c.keyWidth, inner(c), inner(c)], 2)
  const [queries, keys] = [0, 1].map((row) => {
    const [scale, shift] = [p.scale, p.shift].map((rows) => split(rows, 2, 0)[row])
    return squeeze(rotary(unsqueeze(add(mul(z, scale), shift), 1), context.positions), 1)
  })
  const inputs = { q: queries, k: keys, v, chosen }
  const found = p.fetched(mul(fetch(inputs, memory, context), gate))
  return {
    y: add(p.direct(m), mul(confidence, found)),
    state: { average: next, ...remembering(inputs, memory, context) },
  }
}

export const seqBoat = defineMixer({
  id: 'seqboat',
  family: 'state-space',
  citation: {
    title: 'Sparse Modular Activation for Efficient Sequence Modeling',
    authors: 'Ren et al.',
    year: 2023,
    arxiv: '2306.11197',
    equations: 'sections 3 and 4',
  },
  summary: 'Moving averages choose the few tokens that attend; the last chosen ones are a working memory.',
  config,
  causal: true,

  validate(c: Config) {
    if (c.keyWidth % 2 !== 0)
      throw new UserError(
        `seqboat: keyWidth must be even for rotary positions, got ${c.keyWidth} – use ${c.keyWidth + 1}`,
      )
  },

  parameters,

  state: (c: Config, { batch }) => ({
    average: movingAverageState(batch, c.dim, c.speeds),
    ...workingMemory(batch, c.window, c.keyWidth, inner(c)),
  }),

  project: (_, x) => ({ x }),

  parallel: (projected, state, setting) => around(attendChosen, projected, state, setting),
  chunked: (projected, state, setting) => around(attendChosenInBlocks, projected, state, setting),

  output: (_, y) => y,
})
