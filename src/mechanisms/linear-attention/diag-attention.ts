/**
 * DiagAttention: softmax attention within blocks that do not overlap, the early layers of a TransNormer.
 *
 *   o_t = Σ_s softmax_s(q_t · k_s / √D) v_s   over the tokens s ≤ t of t's block, ⌊s / W⌋ = ⌊t / W⌋
 *
 * Qin et al. 2022, arXiv:2210.10340, section 4, causal. Positions count from the start of the document. State: keys and
 * values of the last W − 1 tokens, in which padding takes places. Cost a layer: O(T W D); where documents are packed or
 * padded, O(T² D). Recipe: the first half of the layers, norm-attention above; AdamW, 1e-3.
 */
import { z } from 'zod'
import { add, type Cache, mod, type Tensor } from '../../engine/index.js'
import { attend } from '../../nn/attention.js'
import { causalBias } from '../../nn/documents.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, attentionMaps } from '../../nn/layers.js'
import { attendLocally } from '../../nn/local-attention.js'
import { documentNumbers, pastBias, withinWindow } from '../../nn/window.js'
import { type Context, defineMixer, type Frame } from '../mixer.js'
import { count, headsOf } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  block: count.default(64).describe('W: tokens of a block'),
})
type Config = z.infer<typeof config> & Frame

export const transnormerPaper = {
  title: 'The Devil in Linear Transformer',
  authors: 'Qin et al.',
  year: 2022,
  arxiv: '2210.10340',
} as const

interface Heads {
  readonly q: Tensor
  readonly k: Tensor
  readonly v: Tensor
  /** Tokens of its block that each query sees, [B, T]. */
  readonly seen: Tensor
}

/** All pairs at once. */
function attendBlocks(
  { q, k, v, seen }: Heads,
  { keys, values, documents }: Record<'keys' | 'values' | 'documents', Cache>,
  context: Context,
) {
  const past = { keys: keys.buffer, values: values.buffer, bias: pastBias(documents, seen, context) }
  const y = attend(q, k, v, withinWindow(causalBias(context), seen, context), past)
  return { y, state: { keys: k, values: v, documents: documentNumbers(context) } }
}

export const diagAttention = defineMixer({
  id: 'diag-attention',
  family: 'linear-attention',
  citation: { ...transnormerPaper, equations: 'section 4' },
  summary: 'Softmax attention within blocks that do not overlap.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('diag-attention', c),

  parameters: ({ dim, bias }: Config) => attentionMaps(dim, bias),

  state({ dim, heads, block }: Config, { batch }) {
    const token = { shape: [batch, heads, block - 1, dim / heads], dtype: 'f32', change: { ring: 2 } } as const
    return {
      keys: token,
      values: token,
      documents: { shape: [batch, block - 1], dtype: 'i32', change: { ring: 1 } },
    }
  },

  project(p, x, { config: { heads, block }, context }) {
    const [q, k, v] = applyTogether(x, [p.query, p.key, p.value]).map((part) => splitHeads(part, heads))
    return { q, k, v, seen: add(mod(context.positions, block), 1) }
  },

  parallel: (projected, state, setting) => attendBlocks(projected, state, setting.context),

  chunked(projected, state, setting) {
    const { q, k, v, seen } = projected
    if (setting.context.documents) return attendBlocks(projected, state, setting.context)
    const y = attendLocally(q, k, v, setting.config.block, state, seen)
    return { y, state: { keys: k, values: v, documents: documentNumbers(setting.context) } }
  },

  output: (p, y) => p.output(mergeHeads(y)),
})
