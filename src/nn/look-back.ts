/** Earlier tokens of the same document at given distances: what short and dilated convolutions see. */
import {
  add,
  argSort,
  cast,
  concat,
  cumulativeSum,
  equal,
  gatherElements,
  iota,
  maximum,
  mul,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  unsqueeze,
  where,
} from '../engine/index.js'
import { isToken } from './documents.js'
import type { Timeline } from './recurrence.js'

/** A state of the last `count` tokens [B, count, C] for {@link lookBack}: zeros before the first. */
export function pastTokens(batch: number, count: number, width: number) {
  return { shape: [batch, count, width], dtype: 'f32', change: 'replace' } as const
}

/**
 * For each distance d, x_{t−d} of x [B, T, C], zero where the document had not begun; and the next past. Distances
 * count tokens of the document, not padding. `past` [B, P, C] holds the tokens before the call, P at least the largest
 * distance.
 */
export function lookBack(x: Tensor, past: Tensor, distances: readonly number[], timeline: Timeline) {
  const [, T] = x.shape
  const P = past.shape[1]
  const { documents, carriedDocument } = timeline
  if (!documents) {
    const all = concat([past, x], 1)
    return { seen: distances.map((d) => slice(all, 1, P - d, P - d + T)), past: slice(all, 1, T, T + P) }
  }
  const { order, rank, count } = tokensFirst(documents)
  const carried = add(unsqueeze(carriedDocument!, 1), mul(iota(P), 0))
  const tokens = concat([past, rowsAt(x, order)], 1)
  const numbers = concat([carried, rowsAt(documents, order)], 1)
  const present = slice(numbers, 1, P, P + T)
  const seen = distances.map((d) => {
    const same = equal(slice(numbers, 1, P - d, P - d + T), present)
    return rowsAt(where(unsqueeze(same, 2), slice(tokens, 1, P - d, P - d + T), 0), rank)
  })
  if (P === 0) return { seen, past }
  // The last P of past and real tokens; those of earlier documents count as none.
  const kept = add(count, iota(P))
  const latest = rowsAt(numbers, add(count, P - 1))
  return { seen, past: where(unsqueeze(equal(rowsAt(numbers, kept), latest), 2), rowsAt(tokens, kept), 0) }
}

/** For rows with padding [B, T]: which token comes at each place with the real ones first, where each went, and their number [B, 1]. */
export function tokensFirst(documents: Tensor): { order: Tensor; rank: Tensor; count: Tensor } {
  const T = documents.shape[1]
  const real = isToken(documents)!
  const ones = cast(real, 'i32')
  return {
    order: argSort(cast(where(real, iota(T), add(iota(T), T)), 'f32'), 1),
    rank: maximum(sub(cumulativeSum(ones, 1), 1), 0),
    count: unsqueeze(sum(ones, 1), 1),
  }
}

/** Rows of x [B, T, …] at indices [B, S]. */
export function rowsAt(x: Tensor, indices: Tensor): Tensor {
  if (x.rank === 2) return gatherElements(x, indices, 1)
  const [B, S] = indices.shape
  const whole = add(reshape(indices, [B, S, 1]), mul(iota(x.shape[2]), 0))
  return gatherElements(x, whole, 1)
}
