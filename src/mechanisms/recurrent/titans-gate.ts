/**
 * Titans with the memory as a gate (MAG): a window of softmax attention, and beside it the memory that gates it.
 *
 *   y_t = attention of x_t over P persistent tokens and the last W tokens,  m_t = M_t(x_t), the memory of titans
 *   o_t = (norm(y_t) ∘ sigmoid(norm(m_t))) W_o
 *
 * Behrouz et al. 2024, arXiv:2501.00663, section 4.2, equations 26 to 28; both norms have learned weights. Persistent
 * tokens are keys and values of their own; the memory, whose first weights are learned anyway, does not read them. Queries
 * and keys of the attention are rotated by position. State: that of titans, and keys and values of the last W − 1 tokens.
 * Cost a layer: O(T (C + D + W) D) a head; where documents are packed or padded, the memory goes token by token and the
 * attention costs O(T² D). Each token magnifies the rounding of those before it: token by token, f32 keeps 3e-5 of the
 * logits after five mini-batches. Recipe: AdamW, 2e-3.
 */
import type { z } from 'zod'
import { mul, reshape, sigmoid, type Tensor } from '../../engine/index.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { applyTogether, attentionMaps, norm } from '../../nn/layers.js'
import { type MemoryFeatures, neuralMemory, neuralMemoryState } from '../../nn/neural-memory.js'
import { attendWithPersistent, persistentTokens, windowCaches } from '../../nn/persistent-attention.js'
import { rotary } from '../../nn/rotary.js'
import { learnByToken, learnInWindows, learnOne } from '../../nn/test-time-learning.js'
import type { Heads, WindowCaches } from '../../nn/window.js'
import { defineMixer, type Frame, type Setting } from '../mixer.js'
import { count, evenHeadsOf } from '../settings.js'
import { memorySettings, titansPaper } from './titans.js'

const config = memorySettings.extend({
  window: count.default(64).describe('W: tokens that attention sees, oneself included'),
  persistent: count.default(4).describe('P: learned tokens that attention always sees'),
})
type Options = z.infer<typeof config>
type Config = Options & Frame

const parameters = (c: Config) => ({
  memory: neuralMemory(c),
  attention: attentionMaps(c.dim, c.bias),
  persistent: persistentTokens(c.persistent, c.heads, c.dim / c.heads),
  memoryNorm: norm('rms', c.dim),
  attentionNorm: norm('rms', c.dim),
})

interface Features extends Heads {
  readonly features: MemoryFeatures
}

const around =
  (learn: typeof learnByToken, inBlocks: boolean) =>
  (
    { features, ...heads }: Features,
    { keys, values, documents, ...memory }: WindowCaches & Readonly<Record<string, unknown>>,
    { p, config: { window }, context }: Setting<Options, ReturnType<typeof parameters>>,
  ) => {
    const { past, ...learned } = memory as Readonly<Record<string, Tensor>>
    const caches = { keys, values, documents }
    const { y, state } = attendWithPersistent(heads, p.persistent, caches, context, { window, inBlocks })
    const { lesson, past: next } = p.memory.lesson(features, past, context)
    const read = learn(p.memory.learning, lesson, learned, context)
    const merged = mergeHeads(y)
    const gate = sigmoid(p.memoryNorm(reshape(read.y, merged.shape)))
    return { y: mul(p.attentionNorm(merged), gate), state: { ...state, ...read.state, past: next } }
  }
const forms = {
  parallel: around(learnByToken, false),
  chunked: around(learnInWindows, true),
  step: around(learnOne, false),
}

export const titansGate = defineMixer({
  id: 'titans-gate',
  family: 'recurrent',
  citation: { ...titansPaper, equations: '26 to 28' },
  summary: 'A window of softmax attention, gated by a memory that is a network.',
  config,
  causal: true,

  validate: (c: Config) => evenHeadsOf('titans-gate', c),

  parameters,

  state: (c: Config, { batch }) => ({
    ...neuralMemoryState(batch, c),
    ...windowCaches(batch, c.heads, c.dim / c.heads, c.window),
  }),

  project(p, x, { config: { heads }, context: { positions } }) {
    const { query, key, value } = p.attention
    const [q, k, v] = applyTogether(x, [query, key, value]).map((part) => splitHeads(part, heads))
    return { features: p.memory.features(x), q: rotary(q, positions), k: rotary(k, positions), v }
  },

  parallel: (projected, state, setting) => forms.parallel(projected, state, setting),
  chunked: (projected, state, setting) => forms.chunked(projected, state, setting),
  step: (projected, state, setting) => forms.step(projected, state, setting),

  output: (p, y) => p.attention.output(y),
})
