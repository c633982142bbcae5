/**
 * Forgetting attention: softmax attention with a forget gate, which lowers the scores of what came before it.
 *
 *   f_t = sigmoid(x_t w_f + b_f)                                        one gate a head
 *   o_t = Σ_{s≤t} softmax_s(q_t·k_s / √D + log f_{s+1} + … + log f_t) v_s
 *
 * Lin et al. 2025, arXiv:2503.02130, section 3; no position embedding, as the gate tells near from far. Options from
 * its `Pro` block: norms of queries and keys, and an output gate with a norm (its short key-value shift is left out).
 * State: keys, values and log gates of all tokens. Sums of gates are formed over the very tokens between, so they are
 * exact in long texts. Cost a layer: O(T² D), O(T D) for a new token. Recipe: AdamW, rate 1e-3 at d = 256.
 */
import { z } from 'zod'
import {
  add,
  type Cache,
  cumulativeSum,
  iota,
  less,
  logSigmoid,
  mul,
  name,
  sigmoid,
  squeeze,
  type Tensor,
  unsqueeze,
  where,
} from '../../engine/index.js'
import { attend } from '../../nn/attention.js'
import { causalBias, isToken } from '../../nn/documents.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { spanSums } from '../../nn/spans.js'
import { documentNumbers, pastBias } from '../../nn/window.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  queryKeyNorm: z.boolean().default(false).describe('normalise queries and keys'),
  outputGate: z.boolean().default(false).describe('normalise each head’s result and gate it'),
})
type Config = z.infer<typeof config> & Frame

export const forgettingAttention = defineMixer({
  id: 'forgetting-attention',
  family: 'attention',
  citation: {
    title: 'Forgetting Transformer: Softmax Attention with a Forget Gate',
    authors: 'Lin et al.',
    year: 2025,
    arxiv: '2503.02130',
    equations: 'section 3',
  },
  summary: 'Softmax attention whose scores fade by forget gates that the tokens decide.',
  config,
  causal: true,
  cost: 'quadratic',

  validate: (c: Config) => void headsOf('forgetting-attention', c),

  parameters(c: Config) {
    const map = (width: number) => linear(c.dim, width, { bias: c.bias })
    const headNorm = (used: boolean) => norm(used ? 'rms' : 'none', c.dim / c.heads)
    return {
      query: map(c.dim),
      key: map(c.dim),
      value: map(c.dim),
      forget: linear(c.dim, c.heads),
      queryNorm: headNorm(c.queryKeyNorm),
      keyNorm: headNorm(c.queryKeyNorm),
      gate: c.outputGate ? map(c.dim) : undefined,
      norm: headNorm(c.outputGate),
      output: map(c.dim),
    }
  },

  state(c: Config, { batch, capacity }) {
    const heads = { shape: [batch, c.heads, capacity, c.dim / c.heads], dtype: 'f32', change: { append: 2 } } as const
    return {
      keys: heads,
      values: heads,
      gates: { shape: [batch, c.heads, capacity], dtype: 'f32', change: { append: 2 } },
      documents: { shape: [batch, capacity], dtype: 'i32', change: { append: 1 } },
    }
  },

  project(p, x, { config: c, context }) {
    const [q, k, v] = applyTogether(x, [p.query, p.key, p.value]).map((t) => splitHeads(t, c.heads))
    const gates = squeeze(splitHeads(logSigmoid(p.forget(x)), c.heads), 3)
    const real = isToken(context.documents)
    return {
      q: p.queryNorm(q),
      k: p.keyNorm(k),
      v,
      // Padding forgets nothing.
      logGates: name(real ? where(unsqueeze(real, 1), gates, 0) : gates, 'forget'),
      gate: p.gate && sigmoid(p.gate(x)),
    }
  },

  parallel({ q, k, v, logGates }, { keys, values, gates, documents }, { context }) {
    const past = {
      keys: keys.buffer,
      values: values.buffer,
      bias: add(sinceThen(gates, logGates), pastBias(documents, undefined, context)),
    }
    const bias = add(spanSums(logGates), causalBias(context))
    return {
      y: attend(q, k, v, bias, past),
      state: { keys: k, values: v, gates: logGates, documents: documentNumbers(context) },
    }
  },

  output(p, y, { gate }) {
    const whole = mergeHeads(p.norm(y))
    return p.output(gate ? mul(whole, gate) : whole)
  },
})

/** Sums of log gates after each token of the cache up to each new one: [B, H, T, S]. */
function sinceThen({ buffer, used }: Cache, logGates: Tensor): Tensor {
  const filled = where(less(iota(buffer.shape[2]), used), buffer, 0)
  const within = cumulativeSum(filled, 2, { exclusive: true, reverse: true })
  return add(unsqueeze(within, 2), unsqueeze(cumulativeSum(logGates, 2), 3))
}
