/** Tokens of earlier calls, kept one by one: in the order of time, and without the padding between them. */
import {
  add,
  and,
  argSort,
  type Cache,
  cast,
  concat,
  cumulativeSum,
  equal,
  gather,
  greaterEqual,
  iota,
  maximum,
  reshape,
  slice,
  sub,
  type Tensor,
  unsqueeze,
  where,
} from '../engine/index.js'
import { cumulativeMaximum, isToken, sameDocument } from './documents.js'
import { rowsAt } from './look-back.js'

/** A leaf for one row of `width` numbers a token. */
export const tokenCache = (batch: number, capacity: number, width: number) =>
  ({ shape: [batch, capacity, width], dtype: 'f32', change: { append: 1 } }) as const

/** A leaf for one whole number a token: its document. */
export const numberCache = (batch: number, capacity: number) =>
  ({ shape: [batch, capacity], dtype: 'i32', change: { append: 1 } }) as const

/** The slots of a cache [B, S, …] with the latest token last; `none` in front, where there are fewer tokens than slots. */
export function latestLast({ buffer, used }: Cache, none = 0): Tensor {
  const S = buffer.shape[1]
  if (S === 0) return buffer
  const slot = sub(add(iota(S), used), S)
  const written = reshape(greaterEqual(slot, 0), [1, S, ...buffer.shape.slice(2).map(() => 1)])
  return where(written, gather(buffer, maximum(slot, 0), 1), none)
}

/**
 * Leaving padding out of rows [B, n] of document numbers: `order` are the indices that put all real tokens first, and
 * `rank` is where each token goes, for padding the place of the token before it.
 */
export function withoutPadding(numbers: Tensor): { readonly order: Tensor; readonly rank: Tensor } {
  const n = numbers.shape[1]
  const real = isToken(numbers)!
  return {
    order: argSort(where(real, iota(n), add(iota(n), n)), 1),
    rank: maximum(sub(cumulativeSum(cast(real, 'i32'), 1), 1), 0),
  }
}

/** Cached slots, the latest last, and after them the T tokens of a call: n in all. */
export interface PastAndPresent {
  /** Number of each one's document, −1 for none, [B, n]; where documents are given. */
  readonly numbers?: Tensor
  /** Position of each in its document, [B, n] or [1, n]; negative where there is none. */
  readonly places: Tensor
  /** Which of all the T tokens see, without a look ahead: [B, T, n] or [1, T, n]. */
  readonly visible: Tensor
}

/** @param cache of document numbers, as {@link numberCache} declares it; none where nothing is kept */
export function pastAndPresent(
  cache: Cache | undefined,
  { positions, documents }: { readonly positions: Tensor; readonly documents?: Tensor },
): PastAndPresent {
  const S = cache ? cache.buffer.shape[1] : 0
  const index = iota(S + positions.shape[1])
  const before = greaterEqual(unsqueeze(slice(index, 0, S), 1), index)
  if (!documents) {
    const places = unsqueeze(cache ? sub(add(index, cache.used), S) : index, 0)
    return { places, visible: and(before, greaterEqual(unsqueeze(places, 1), 0)) }
  }
  const numbers = cache ? concat([latestLast(cache, -1), documents], 1) : documents
  const { order, rank } = withoutPadding(numbers)
  const line = rowsAt(numbers, order)
  const goesOn = equal(line, concat([sub(slice(line, 1, 0, 1), 1), slice(line, 1, 0, -1)], 1))
  const places = rowsAt(sub(index, cumulativeMaximum(where(goesOn, 0, index))), rank)
  return { numbers, places, visible: and(before, sameDocument(documents, numbers)) }
}
