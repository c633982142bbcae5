/**
 * Softmax attention: every token reads a mixture of the values of all tokens up to it.
 *
 *   o_t = Σ_{s≤t} softmax_s(q_t · k_s / √D) v_s
 *
 * Vaswani et al. 2017, arXiv:1706.03762, equation 1, causal. Options: rotary positions (arXiv:2104.09864, eq. 34),
 * grouped heads, `keyHeads` < heads (arXiv:2305.13245), sliding window (arXiv:2004.05150): only the last `window` tokens.
 * State: keys and values of all tokens, or a ring of the last window − 1, in which padding takes places.
 * Cost a layer: O(T² D), O(T D) for a new token; with a window of W tokens O(T W D).
 */
import { z } from 'zod'
import type { Tensor } from '../../engine/index.js'
import { attend, type Past } from '../../nn/attention.js'
import { causalBias } from '../../nn/documents.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { attendLocally } from '../../nn/local-attention.js'
import { rotary } from '../../nn/rotary.js'
import { documentNumbers, type Heads, pastBias, type WindowCaches, withinWindow } from '../../nn/window.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame, type Setting } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({
  heads: count.optional().describe('query heads; the model’s by default'),
  keyHeads: count
    .optional()
    .describe('key and value heads, each shared by heads / keyHeads query heads; all by default'),
  rotary: z.boolean().default(true).describe('rotate queries and keys by their positions'),
  window: count.optional().describe('see only this many tokens, oneself included; all by default'),
})
type Config = z.infer<typeof config> & Frame

const shape = (c: Config) => {
  const { heads, width } = headsOf('softmax', c)
  return { heads, width, keyHeads: c.keyHeads ?? heads }
}

/** All pairs at once. */
function attendWhole(
  { q, k, v }: Heads,
  state: WindowCaches,
  { config: c, context }: Pick<Setting<Config, unknown>, 'config' | 'context'>,
) {
  const past: Past = {
    keys: state.keys.buffer,
    values: state.values.buffer,
    bias: pastBias(state.documents, c.window, context),
  }
  return {
    y: attend(q, k, v, withinWindow(causalBias(context), c.window, context), past),
    state: { keys: k, values: v, documents: documentNumbers(context) },
  }
}

export const softmaxAttention = defineMixer({
  id: 'softmax',
  family: 'attention',
  citation: {
    title: 'Attention Is All You Need',
    authors: 'Vaswani et al.',
    year: 2017,
    arxiv: '1706.03762',
    equations: '1',
  },
  summary: 'Each token reads a softmax-weighted mixture of all earlier values; the cache grows with the text.',
  config,
  causal: true,
  cost: 'quadratic',
  prefix: true,

  validate(c: Config) {
    const { heads, width, keyHeads } = shape(c)
    if (heads % keyHeads !== 0) throw new UserError(`softmax: keyHeads must divide heads ${heads}, got ${keyHeads}`)
    if (c.rotary && width % 2 !== 0) {
      throw new UserError(
        `softmax: rotary positions need heads of even width, got ${width} – change dim or heads, or set rotary=false`,
      )
    }
  },

  parameters(c: Config) {
    const { width, keyHeads } = shape(c)
    return {
      query: linear(c.dim, c.dim, { bias: c.bias }),
      key: linear(c.dim, keyHeads * width, { bias: c.bias }),
      value: linear(c.dim, keyHeads * width, { bias: c.bias }),
      output: linear(c.dim, c.dim, { bias: c.bias }),
    }
  },

  state(c: Config, { batch, capacity }) {
    const { width, keyHeads } = shape(c)
    const kept = c.window === undefined ? capacity : c.window - 1
    const change = (axis: number) => (c.window === undefined ? { append: axis } : { ring: axis })
    return {
      keys: { shape: [batch, keyHeads, kept, width], dtype: 'f32', change: change(2) },
      values: { shape: [batch, keyHeads, kept, width], dtype: 'f32', change: change(2) },
      documents: { shape: [batch, kept], dtype: 'i32', change: change(1) },
    }
  },

  project(p, x, { config: c, context }) {
    const { heads, keyHeads } = shape(c)
    const [q, k, v] = applyTogether(x, [p.query, p.key, p.value])
    const turn = (t: Tensor) => (c.rotary ? rotary(t, context.positions, 10_000) : t)
    return { q: turn(splitHeads(q, heads)), k: turn(splitHeads(k, keyHeads)), v: splitHeads(v, keyHeads) }
  },

  parallel: (projected, state, setting) => attendWhole(projected, state, setting),

  /** A window at linear cost; where documents are packed or padded, and without a window, the parallel form. */
  chunked(projected, state, setting) {
    const { config: c, context } = setting
    if (c.window === undefined || c.window >= projected.q.shape[2] || context.documents || context.prefix)
      return attendWhole(projected, state, setting)
    const { q, k, v } = projected
    return {
      y: attendLocally(q, k, v, c.window, state),
      state: { keys: k, values: v, documents: documentNumbers(context) },
    }
  },

  output: (p, y) => p.output(mergeHeads(y)),
})
