/**
 * Titans with the memory as a context (MAC): within a segment, attention sees what the memory has to say to each token.
 *
 *   h_t = M'(q(x_t))                                        M' as of the start of the segment of C tokens
 *   y_t = softmax attention of x_t over P persistent tokens, h_s and x_s, s ≤ t of its segment
 *   M_t = M' after a step for each y_s, s ≤ t of the segment: the memory of titans, without its convolutions
 *   o_t = (norm(y_t) ∘ sigmoid(norm(M_t(q(y_t))))) W_o
 *
 * Behrouz et al. 2024, arXiv:2501.00663, section 4.1, equations 21 to 25. There all h of a segment come before its tokens;
 * h_s hangs on x_s, so that a token may see those up to its own only. Both norms have learned weights; queries and keys of
 * the attention are rotated by place in the segment. State: M', M and S, and keys and values of h and x of the segment.
 * Cost a layer: O(T (C + P + D) D) a head; packed documents go token by token. Recipe: AdamW, 2e-3.
 */
import type { z } from 'zod'
import { mod, type Tensor, transpose } from '../../engine/index.js'
import { type ContextState, contextBySegment, contextByToken, contextMemory } from '../../nn/context-memory.js'
import { splitHeads } from '../../nn/heads.js'
import { memoryWeights } from '../../nn/neural-memory.js'
import { rotary } from '../../nn/rotary.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, evenHeadsOf } from '../settings.js'
import { memorySettings, titansPaper } from './titans.js'

const config = memorySettings.extend({
  persistent: count.default(4).describe('P: learned tokens that attention always sees'),
})
type Config = z.infer<typeof config> & Frame

export const titansContext = defineMixer({
  id: 'titans-context',
  family: 'recurrent',
  citation: { ...titansPaper, equations: '21 to 25' },
  summary: 'Attention within segments, to what a memory that is a network says of each token.',
  config,
  causal: true,

  validate: (c: Config) => evenHeadsOf('titans-context', c),

  parameters: (c: Config) => contextMemory(c),

  state: (c: Config, { batch }) => ({
    ...memoryWeights(batch, c),
    segment: { shape: [batch, 4, c.heads, c.batch, c.dim / c.heads], dtype: 'f32', change: 'replace' },
  }),

  project(p, x, { config: { heads, batch }, context: { positions } }) {
    const { query, key, value } = p.attention
    const [q, k, v] = [query(x), key(x), value(x)].map((part) => splitHeads(part, heads))
    const turned = (t: Tensor) => transpose(rotary(t, mod(positions, batch)), [0, 2, 1, 3])
    return { q: turned(q), k: turned(k), v: transpose(v, [0, 2, 1, 3]), ask: p.memory.queries(x) }
  },

  parallel: (projected, state, setting) => contextByToken(projected, state as ContextState, setting.p, setting.context),
  chunked: (projected, state, setting) =>
    contextBySegment(projected, state as ContextState, setting.p, setting.context),

  output: (p, y) => p.attention.output(y),
})
