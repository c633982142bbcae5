/**
 * Attention in groups of G tokens of a document: each token reads the tokens of its own group by softmax, and those of
 * all groups before by products of positive features, which a state can add up.
 *
 *   o_t = Σ_{s in t's group, s ≤ t} softmax(q_t·k_s / √D) v_s + Σ_{s before it} φ(q_t)·φ(k_s) v_s / Σ_{s before it} φ(q_t)·φ(k_s)
 *
 * Which tokens of the past make up a group follows from a token's position, so a call may begin and end anywhere. The
 * last G tokens are kept as they are; what is further back is of an earlier group for certain, and is in the sums.
 */
import {
  add,
  and,
  concat,
  greater,
  greaterEqual,
  iota,
  less,
  matmul,
  minimum,
  mod,
  pad,
  reshape,
  slice,
  softmax,
  split,
  sub,
  type Tensor,
  unsqueeze,
  where,
} from '../engine/index.js'
import { fromChunks, toChunks } from './chunks.js'
import type { MatrixMemory } from './decay.js'
import { scoreBias } from './documents.js'
import { mergeHeads, splitHeads } from './heads.js'
import { eluPlusOne, kernelMemory, kernelSums, normalised, plainKernel, withOnes } from './kernel-attention.js'
import { lookBack, pastTokens, rowsAt, tokensFirst } from './look-back.js'
import type { Timeline } from './recurrence.js'

interface Places extends Timeline {
  /** Position of each token in its document, [B, T] i32. */
  readonly positions: Tensor
}

/** [B, H, T, D] each. */
interface Inputs {
  readonly q: Tensor
  readonly k: Tensor
  readonly v: Tensor
}

/** The sums, and keys and values of the last G tokens side by side, [B, G, 2·H·D]. */
interface Held extends MatrixMemory {
  readonly recent: Tensor
}

export function groupedState(batch: number, { heads, dim, group }: { heads: number; dim: number; group: number }) {
  return { ...kernelMemory(batch, heads, dim / heads, dim / heads), recent: pastTokens(batch, group, 2 * dim) }
}

/** In blocks of `size` tokens: the group's, or as many as there are. */
export function groupedAttention({ q, k, v }: Inputs, { memory, recent }: Held, context: Places, size: number) {
  const [, H, T] = q.shape
  const G = recent.shape[1]
  const tokens = concat([mergeHeads(k), mergeHeads(v)], 2)
  const heads = (pair: Tensor) => split(pair, 2, 2).map((part) => splitHeads(part, H))

  const { seen, past } = lookBack(tokens, recent, [G], context)
  const [farKeys, farValues] = heads(seen[0])
  const begun = unsqueeze(unsqueeze(greaterEqual(context.positions, G), 1), 3)
  const far = kernelSums(
    plainKernel,
    { ...context, q: eluPlusOne(q), k: where(begun, eluPlusOne(farKeys), 0), v: farValues },
    { memory },
    size,
  )

  // With padding out of the way, a distance counts tokens of the document.
  const moved = context.documents && tokensFirst(context.documents)
  const front = (t: Tensor) => (moved ? rowsAt(t, moved.order) : t)
  const [keys, values] = heads(concat([recent, front(tokens)], 1))
  const queries = moved ? splitHeads(front(mergeHeads(q)), H) : q
  const near = nearby(queries, { keys, values }, front(context.positions), Math.min(size, T))
  const back = (t: Tensor) => (moved ? splitHeads(rowsAt(mergeHeads(t), moved.rank), H) : t)
  // No group comes before the first: a sum of nothing is not divided by.
  const groups = where(begun, normalised(add(back(near.before), far.y)), 0)
  return {
    y: add(back(near.own), groups),
    state: { ...far.state, recent: past },
  }
}

/** What is read of the tokens less than G back: of one's own group by softmax, and sums over those before it. */
function nearby(q: Tensor, all: { keys: Tensor; values: Tensor }, positions: Tensor, size: number) {
  const [B, , T, D] = q.shape
  const G = all.keys.shape[2] - T
  const blocks = Math.ceil(T / size)
  // Block n sees the G tokens before it and its own: with blocks of G, or one block, two cuts side by side.
  const inView = (t: Tensor) => {
    const whole = pad(t, 2, 0, blocks * size - T)
    const before = toChunks(slice(whole, 2, 0, blocks * G), G)
    return concat([before, toChunks(slice(whole, 2, G, G + blocks * size), size)], 3)
  }
  const queries = toChunks(q, size)
  const keys = inView(all.keys)
  const values = inView(all.values)
  const at = reshape(pad(positions, 1, 0, blocks * size - T), [B, 1, blocks, size, 1])
  const distance = sub(add(unsqueeze(iota(size), 1), G), unsqueeze(iota(G + size), 0))
  const place = mod(at, G)
  const own = and(greaterEqual(distance, 0), less(distance, add(place, 1)))
  const before = and(greater(distance, place), less(distance, minimum(add(at, 1), G)))
  const weights = softmax(add(matmul(queries, keys, { transposeB: true, scale: D ** -0.5 }), scoreBias(own)))
  const products = matmul(eluPlusOne(queries), eluPlusOne(keys), { transposeB: true })
  return {
    own: fromChunks(matmul(weights, values), T),
    before: fromChunks(matmul(where(before, products, 0), withOnes(values)), T),
  }
}
