/** What a query sees of the tokens of its call and of a cache, where only the last `window` tokens count. */
import { abs, add, and, type Cache, iota, less, mod, reshape, sub, type Tensor, unsqueeze } from '../engine/index.js'
import { sameDocument, scoreBias } from './documents.js'

/** Queries, keys and values by head. */
export interface Heads {
  /** [B, H, T, D] */
  readonly q: Tensor
  readonly k: Tensor
  readonly v: Tensor
}
/** Keys and values of the tokens before, with the number of each one's document. */
export interface WindowCaches {
  readonly keys: Cache
  readonly values: Cache
  readonly documents: Cache
}

interface Positions {
  /** [B, T] i32 */
  readonly positions: Tensor
  readonly documents?: Tensor
}

/** The number of each token's document, [B, T]: zeros where rows are one document. */
export function documentNumbers({ positions, documents }: Positions): Tensor {
  return documents ?? sub(positions, positions)
}

/** Tokens that a query sees, oneself included: the same for all, or [B, T] i32. */
export type Window = number | Tensor

/** [B, T, 1], or the number. */
const perQuery = (window: Window) => (typeof window === 'number' ? window : unsqueeze(window, 2))

/** Hides keys of the same call that lie `window` or more tokens back; padding between them does not count. */
export function withinWindow(bias: Tensor, window: Window | undefined, { positions, documents }: Positions): Tensor {
  const T = positions.shape[1]
  if (window === undefined || (typeof window === 'number' && window >= T)) return bias
  if (!documents && typeof window === 'number')
    return add(bias, scoreBias(less(sub(unsqueeze(iota(T), 1), unsqueeze(iota(T), 0)), window)))
  const distance = sub(unsqueeze(positions, 2), unsqueeze(positions, 1))
  return add(bias, scoreBias(unsqueeze(less(distance, perQuery(window)), 1)))
}

/** Hides keys that lie `window` or more tokens back or ahead; padding between them does not count. */
export function withinReach(bias: Tensor, window: number | undefined, { positions }: Positions): Tensor {
  if (window === undefined || window >= positions.shape[1]) return bias
  const distance = abs(sub(unsqueeze(positions, 2), unsqueeze(positions, 1)))
  return add(bias, scoreBias(unsqueeze(less(distance, window), 1)))
}

/** Hides slots of a cache [B, S] of document numbers that are empty, outside the window of a query, or of another document. */
export function pastBias(
  { buffer, used }: Cache,
  window: Window | undefined,
  { positions, documents }: Positions,
): Tensor {
  const size = buffer.shape[1]
  const T = positions.shape[1]
  const slot = iota(size)
  if (size === 0) return scoreBias(less(reshape(slot, [1, 0]), 0))
  // Of each row where rows hold different numbers of tokens.
  const perRow = (t: Tensor) => unsqueeze(t, t.rank - 1)
  let visible = perRow(less(slot, used))
  if (window !== undefined && (T > 1 || typeof window !== 'number')) {
    // Slot s of a ring was written last by token used − 1 − ((used − 1 − s) mod size); the query is token used + t.
    const age = add(mod(sub(sub(used, 1), slot), size), 1)
    visible = and(visible, less(add(perRow(age), unsqueeze(iota(T), 1)), perQuery(window)))
  }
  if (documents) visible = and(sameDocument(documents, buffer), visible)
  return scoreBias(visible.rank === 3 ? unsqueeze(visible, 1) : visible)
}
