/**
 * Linearized attention: softmax within groups of G tokens, linear attention to the groups before, and a causal depthwise
 * convolution of the values.
 *
 *   o_t = softmax(q_t·k_s / √D) v_s over t's group + Σ φ(q_t)·φ(k_s) v_s / Σ φ(q_t)·φ(k_s) over groups before
 *   y_t = W_o (o_t + Σ_j w_j ∘ v_{t−j}),  φ(x) = elu(x) + 1
 *   state [S, z], [B, H, K, V + 1], the last G keys and values and the last taps − 1 values, constant in T
 *
 * You et al. 2024, arXiv:2406.07368, figures 5 and 8. Sources disagree on a group's own tokens: accounts of figure 5
 * name softmax, followed here; the code weighs them by relu(q·k)². The sum over groups is divided by its weights, as in the
 * linear attention it extends; the code does not divide, and learns a factor for it that starts at 0, for fine-tuning.
 * Groups are counted from the start of a document, along each branch of a draft too, where the code leaves a group that
 * the draft completes out of the sums. Cost a layer: O(T (G + K) V). Recipe: AdamW, rate 1e-3 at d = 256.
 */
import { z } from 'zod'
import { groupedAttention, groupedState } from '../../nn/grouped-attention.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, attentionMaps } from '../../nn/layers.js'
import { augmented } from '../augmented.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  group: count.default(64).describe('G: tokens that read each other by softmax'),
})
type Config = z.infer<typeof config> & Frame

const citation = {
  title:
    'When Linear Attention Meets Autoregressive Decoding: Towards More Effective and Efficient Linearized Large Language Models',
  authors: 'You et al.',
  year: 2024,
  arxiv: '2406.07368',
  equations: 'figures 5 and 8',
}

/** Without the convolution. */
export const groupedLinearAttention = defineMixer({
  id: 'grouped-linear-attention',
  family: 'linear-attention',
  citation,
  summary: 'Softmax within groups of tokens, linear attention to the groups before.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('linearized', c),

  parameters: ({ dim, bias }: Config) => attentionMaps(dim, bias),

  state: (c: Config, { batch }) => groupedState(batch, c),

  project(p, x, { config: c }) {
    const [q, k, v] = applyTogether(x, [p.query, p.key, p.value]).map((t) => splitHeads(t, c.heads))
    return { q, k, v }
  },

  parallel: (inputs, state, { context }) => groupedAttention(inputs, state, context, inputs.q.shape[2]),
  chunked: (inputs, state, { config: c, context }) => groupedAttention(inputs, state, context, c.group),

  output: (p, y) => p.output(mergeHeads(y)),
})

export const linearized = augmented(groupedLinearAttention, {
  id: 'linearized',
  summary: 'Softmax within groups, linear attention to those before, and a short convolution of the values.',
})
