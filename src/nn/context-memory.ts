/**
 * Attention within segments, to persistent tokens, to the tokens, and to what a memory says of each; the memory learns from
 * what the attention gives, and gates it: the core of Titans with the memory as a context.
 */
import {
  concat,
  equal,
  iota,
  lessEqual,
  mapTree,
  mod,
  mul,
  reshape,
  scan,
  sigmoid,
  slice,
  squeeze,
  stack,
  type Tensor,
  transpose,
  unsqueeze,
  where,
  zeros,
} from '../engine/index.js'
import { alignedWindows } from './aligned-windows.js'
import { attend } from './attention.js'
import { scoreBias } from './documents.js'
import { mergeHeads, splitHeads } from './heads.js'
import { runWith } from './inner-network.js'
import { attentionMaps, norm } from './layers.js'
import { seenByAll } from './local-attention.js'
import { type MemorySizes, neuralMemory } from './neural-memory.js'
import type { Bound } from './parameter.js'
import { persistentTokens } from './persistent-attention.js'
import { loopOverTime, type Timeline } from './recurrence.js'
import { rotary } from './rotary.js'
import {
  type Learned,
  type LearnedState,
  learnToken,
  learnWindow,
  ofState,
  toState,
  weightsIn,
} from './test-time-learning.js'

export function contextMemory(c: MemorySizes & { readonly persistent: number }) {
  return {
    memory: neuralMemory(c, { convolution: false }),
    attention: attentionMaps(c.dim, c.bias),
    persistent: persistentTokens(c.persistent, c.heads, c.dim / c.heads),
    memoryNorm: norm('rms', c.dim),
    attentionNorm: norm('rms', c.dim),
  }
}
export type ContextMemory = Bound<ReturnType<typeof contextMemory>>

interface Places extends Timeline {
  readonly positions: Tensor
}

/** For the attention, and to ask the memory: [B, T, H, D]. */
export type ContextTokens = Readonly<Record<'q' | 'k' | 'v' | 'ask', Tensor>>
interface Carried {
  readonly learned: Learned
  /** Keys and values of h, then of x, by place in the segment, [B, 4, H, C, D]. */
  readonly segment: Tensor
}

/**
 * What tokens [B, H, n, D] at places [B or 1, n] of their segment see: y [B, n, d], and the segment with what they write,
 * where `here` [B or 1, 1, 1, C, 1] holds. As many tokens as places, or one.
 */
function readContext(
  { learned, segment }: Carried,
  { q, k, v, ask }: ContextTokens,
  places: Tensor,
  here: Tensor,
  { memory, attention, persistent }: ContextMemory,
) {
  const { network, size } = memory.learning
  const h = mergeHeads(runWith(network, ask, weightsIn(network, learned.start)))
  const [key, value] = [attention.key(h), attention.value(h)].map((x) => splitHeads(x, network.heads))
  const written = where(here, stack([rotary(key, places), value, k, v], 1), segment)
  const [hKeys, hValues, keys, values] = [0, 1, 2, 3].map((part) => squeeze(slice(written, 1, part, part + 1), 1))
  const always = seenByAll(
    mapTree(persistent, (x: Tensor) => unsqueeze(x, 0)),
    q.shape[0],
  )
  const past = scoreBias(unsqueeze(lessEqual(iota(size), unsqueeze(places, 2)), 1))
  const bias = concat([zeros([...past.shape.slice(0, 3), persistent.keys.shape[1]]), past, past], 3)
  const y = attend(q, concat([always.keys, hKeys, keys], 2), concat([always.values, hValues, values], 2), bias)
  return { y: mergeHeads(y), segment: written }
}

/** The lesson of y [B, n, d], for tokens [B, H, n, D]. */
function lessonOf(y: Tensor, p: ContextMemory) {
  const { mixed, steps } = p.memory.features(y)
  const byHead = (x: Tensor) => transpose(x, [0, 2, 1, 3])
  return mapTree({ ...p.memory.vectors(mixed), at: steps }, byHead)
}

const gated = (y: Tensor, read: Tensor, p: ContextMemory) =>
  mul(p.attentionNorm(y), sigmoid(p.memoryNorm(mergeHeads(read))))

export type ContextState = LearnedState & { readonly segment: Tensor }

export function contextByToken(
  tokens: ContextTokens,
  { segment, ...state }: ContextState,
  p: ContextMemory,
  context: Places,
) {
  const { learning } = p.memory
  const { size } = learning
  const [B] = context.positions.shape
  const { ys, memory } = loopOverTime(
    (before: Carried, token: { tokens: ContextTokens; position: Tensor }) => {
      const place = reshape(mod(token.position, size), [B, 1])
      const here = reshape(equal(place, iota(size)), [B, 1, 1, size, 1])
      const one = mapTree(token.tokens, (x: Tensor) => unsqueeze(x, 2))
      const { y, segment: written } = readContext(before, one, place, here, p)
      const { y: read, learned } = learnToken(learning, before.learned, lessonOf(y, p), token.position)
      return { memory: { learned, segment: written }, y: squeeze(gated(y, read, p), 1) }
    },
    { learned: ofState(learning, state, B), segment },
    { tokens, position: context.positions },
    context,
    { learned: ofState(learning, {}, B), segment: zeros(segment.shape) },
  )
  return { y: ys, state: { ...toState(learning, memory.learned), segment: memory.segment } }
}

/** Segment after segment; packed documents and padding take the definition. */
export function contextBySegment(
  tokens: ContextTokens,
  { segment, ...state }: ContextState,
  p: ContextMemory,
  context: Places,
) {
  if (context.documents) return contextByToken(tokens, { segment, ...state }, p, context)
  const { learning } = p.memory
  const { size } = learning
  const [B, , H] = tokens.q.shape
  const { windows, real, ends, back } = alignedWindows(tokens, context.positions, size)
  const { carry, ys } = scan(
    (before: Carried, { tokens: window, here, ends: last }: { tokens: ContextTokens; here: Tensor; ends: Tensor }) => {
      const { y, segment: written } = readContext(before, window, unsqueeze(iota(size), 0), unsqueeze(here, 1), p)
      const { at: steps, ...vectors } = lessonOf(y, p)
      const plan = learning.rule.plan(
        mapTree(steps, (x: Tensor) => where(here, x, 0)),
        here,
      )
      const { y: read, learned } = learnWindow(learning, before.learned, { ...vectors, plan, ends: last })
      return { carry: { learned, segment: written }, y: splitHeads(gated(y, read, p), H) }
    },
    { learned: ofState(learning, state, B), segment },
    { tokens: windows, here: real, ends },
  )
  const y = back(ys)
  return {
    y: reshape(y, [...y.shape.slice(0, 2), -1]),
    state: { ...toState(learning, carry.learned), segment: carry.segment },
  }
}
