/**
 * Softmax attention: every token reads a mixture of the values of all tokens up to it.
 *
 *   o_t = Σ_{s≤t} softmax_s(q_t · k_s / √D) v_s
 *
 * Vaswani et al. 2017, arXiv:1706.03762, equation 1, causal or not. Options: rotary positions (arXiv:2104.09864, eq. 34),
 * of all features or the first ones; linear biases (arXiv:2108.12409); grouped heads, `keyHeads` < heads
 * (arXiv:2305.13245); sliding window (arXiv:2004.05150): only the last `window` tokens, and as many ahead without
 * causality; norms of queries and keys (arXiv:2010.04245, as RMSNorm); a gate on what is read (arXiv:2505.06708); a
 * learned bias for each bucket of distances (arXiv:1910.10683, section 2.1), which that paper has without 1 / √D.
 * State: keys and values of all tokens, or a ring of the last window − 1, in which padding takes places.
 * Cost a layer: O(T² D), O(T D) for a new token; with a window of W tokens O(T W D).
 */
import { z } from 'zod'
import { add, type Cache, maximum, minimum, mul, sigmoid, type Tensor } from '../../engine/index.js'
import { alibi } from '../../nn/alibi.js'
import { attend, type Past } from '../../nn/attention.js'
import { causalBias, mutualBias } from '../../nn/documents.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { gaussian } from '../../nn/initializers.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { attendLocally } from '../../nn/local-attention.js'
import { type Parameter, parameter } from '../../nn/parameter.js'
import { checkBuckets, relativeBias } from '../../nn/relative-bias.js'
import { partlyRotary } from '../../nn/rotary.js'
import { documentNumbers, type Heads, pastBias, type WindowCaches, withinReach, withinWindow } from '../../nn/window.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame, type Setting } from '../mixer.js'
import { count, headsOf, longestTurned, positive, rotaryScaling } from '../settings.js'

const config = z.object({
  heads: count.optional().describe('query heads; the model’s by default'),
  keyHeads: count
    .optional()
    .describe('key and value heads, each shared by heads / keyHeads query heads; all by default'),
  headWidth: count.optional().describe('features of a head; dim / heads by default'),
  causal: z.boolean().default(true).describe('see the past alone'),
  rotary: z.boolean().default(true).describe('rotate queries and keys by their positions'),
  rotaryPart: positive.max(1).default(1).describe('share of a head’s features that rotate'),
  rotaryBase: positive.default(10_000).describe('pair i rotates base^(2i / D) times slower than the first'),
  rotaryScaling: rotaryScaling.optional().describe('positions stretched for longer texts'),
  alibi: z.boolean().default(false).describe('scores fall with the distance, at a pace for each head'),
  relativeBuckets: count.optional().describe('learned biases for so many buckets of distances; none by default'),
  relativeDistance: count.default(128).describe('distances from this one on share a bucket'),
  scale: positive.optional().describe('factor on scores; 1 / √D by default'),
  clip: positive.optional().describe('queries, keys and values are held within ± this'),
  headNorm: z.enum(['none', 'rms', 'rms-offset']).default('none').describe('normalise each query and key'),
  gate: z.boolean().default(false).describe('gate what is read, by the sigmoid of a map'),
  offsets: z
    .enum(['all', 'inputs', 'output'])
    .default('all')
    .describe('which maps have them, where the model has bias'),
  window: count
    .optional()
    .describe('see only this many tokens, oneself included, and as many ahead without causality; all by default'),
})
type Config = z.infer<typeof config> & Frame

const shape = (c: Config) => {
  const { heads, headWidth: width = headsOf('softmax', c).width } = c
  return { heads, width, keyHeads: c.keyHeads ?? heads, turned: c.rotary ? Math.round(width * c.rotaryPart) : 0 }
}
const bucketsOf = (c: Config) =>
  c.relativeBuckets === undefined
    ? undefined
    : { buckets: c.relativeBuckets, distance: c.relativeDistance, bothWays: !c.causal }
/** Whether scores depend on positions beside what hides them. */
const placed = (c: Config) => c.alibi || c.relativeBuckets !== undefined

type Caches = WindowCaches & { readonly positions: Cache }
type Leaves = { readonly [K in keyof Caches]: Tensor }

/** All pairs at once. */
function attendWhole(
  { q, k, v }: Heads,
  state: Caches,
  { config: c, context, p }: Pick<Setting<Config, { relative?: Parameter }>, 'config' | 'context' | 'p'>,
) {
  const biased = (hidden: Tensor, keys: Tensor | undefined) => {
    const sloped = c.alibi ? add(hidden, alibi(c.heads, context.positions, keys!)) : hidden
    return p.relative ? add(sloped, relativeBias(p.relative, context.positions, keys!, bucketsOf(c)!)) : sloped
  }
  if (!c.causal) {
    const around = withinReach(mutualBias(context), c.window, context)
    return { y: attend(q, k, v, biased(around, context.positions), undefined, 'weights'), state: {} as Leaves }
  }
  const past: Past = {
    keys: state.keys.buffer,
    values: state.values.buffer,
    bias: biased(pastBias(state.documents, c.window, context), state.positions?.buffer),
  }
  const own = biased(withinWindow(causalBias(context), c.window, context), context.positions)
  // Scores that are not made smaller by √D leave many queries with one token.
  const from = c.scale === undefined ? 'outputs' : 'weights'
  return { y: attend(q, k, v, own, past, from), state: kept(k, v, { config: c, context }) }
}

function kept(k: Tensor, v: Tensor, { config: c, context }: Pick<Setting<Config, unknown>, 'config' | 'context'>) {
  const leaves = { keys: k, values: v, documents: documentNumbers(context) }
  return (placed(c) ? { ...leaves, positions: context.positions } : leaves) as Leaves
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
  causal: ({ causal }) => causal,
  cost: 'quadratic',
  longest: longestTurned,
  // Without causality every token sees both ways anyway.
  prefix: ({ causal }) => causal,
  apart: true,

  validate(c: Config) {
    const { heads, keyHeads, turned } = shape(c)
    if (heads % keyHeads !== 0) throw new UserError(`softmax: keyHeads must divide heads ${heads}, got ${keyHeads}`)
    if (turned % 2 !== 0) {
      throw new UserError(
        `softmax: rotary positions need an even number of features, got ${turned} – change dim or heads, or set rotary=false`,
      )
    }
    const buckets = bucketsOf(c)
    if (buckets) checkBuckets('softmax', buckets)
    if (c.rotaryScaling?.kind === 'listed' && 2 * c.rotaryScaling.factors.length !== turned) {
      throw new UserError(
        `softmax: rotaryScaling.factors must have ${turned / 2} numbers, got ${c.rotaryScaling.factors.length}`,
      )
    }
  },

  parameters(c: Config) {
    const { heads, width, keyHeads } = shape(c)
    const bias = c.bias && c.offsets !== 'output'
    const ofHead = () => (c.headNorm === 'none' ? undefined : norm(c.headNorm, width, c.epsilon))
    return {
      query: linear(c.dim, heads * width, { bias }),
      key: linear(c.dim, keyHeads * width, { bias }),
      value: linear(c.dim, keyHeads * width, { bias }),
      gate: c.gate ? linear(c.dim, heads * width, { bias }) : undefined,
      queryNorm: ofHead(),
      keyNorm: ofHead(),
      relative: c.relativeBuckets ? parameter([c.relativeBuckets, heads], gaussian(0.02), { decay: false }) : undefined,
      output: linear(heads * width, c.dim, { bias: c.bias && c.offsets !== 'inputs' }),
    }
  },

  state(c: Config, { batch, capacity }) {
    const { width, keyHeads } = shape(c)
    const places = c.window === undefined ? capacity : c.window - 1
    const change = (axis: number) => (c.window === undefined ? { append: axis } : { ring: axis })
    const features = { shape: [batch, keyHeads, places, width], dtype: 'f32', change: change(2) } as const
    const numbers = { shape: [batch, places], dtype: 'i32', change: change(1) } as const
    const held = { keys: features, values: features, documents: numbers }
    const all = { ...held, positions: numbers }
    return (c.causal ? (placed(c) ? all : held) : {}) as typeof all
  },

  project(p, x, { config: c, context }) {
    const { heads, width, keyHeads, turned } = shape(c)
    const [query, key, value, gate] = applyTogether(x, [p.query, p.key, p.value, ...(p.gate ? [p.gate] : [])])
    const held = (t: Tensor) => (c.clip === undefined ? t : maximum(minimum(t, c.clip), -c.clip))
    const [q, k, v] = [query, key, value].map(held)
    const turn = (t: Tensor) =>
      turned > 0 ? partlyRotary(t, context.positions, turned, c.rotaryBase, c.rotaryScaling) : t
    const ready = (t: Tensor, normed?: (t: Tensor) => Tensor) => turn(normed ? normed(t) : t)
    const queries = ready(splitHeads(q, heads), p.queryNorm)
    return {
      q: c.scale === undefined ? queries : mul(queries, c.scale * Math.sqrt(width)),
      k: ready(splitHeads(k, keyHeads), p.keyNorm),
      v: splitHeads(v, keyHeads),
      gate: gate && sigmoid(gate),
    }
  },

  parallel: (projected, state, setting) => attendWhole(projected, state, setting),

  /** A window at linear cost; where documents are packed or padded, and without a window, the parallel form. */
  chunked(projected, state, setting) {
    const { config: c, context } = setting
    const far = c.window === undefined || c.window >= projected.q.shape[2]
    if (far || placed(c) || !c.causal || context.documents || context.prefix)
      return attendWhole(projected, state, setting)
    const { q, k, v } = projected
    return {
      y: attendLocally(q, k, v, c.window!, state),
      state: kept(k, v, setting),
    }
  },

  output: (p, y, { gate }) => p.output(gate ? mul(mergeHeads(y), gate) : mergeHeads(y)),
})
