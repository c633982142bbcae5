/** What a query sees of the tokens of its call and of a cache, where only the last `window` tokens count. */
import { add, and, type Cache, iota, less, mod, reshape, sub, type Tensor, unsqueeze } from '../engine/index.js'
import { sameDocument, scoreBias } from './documents.js'

interface Positions {
  /** [B, T] i32 */
  readonly positions: Tensor
  readonly documents?: Tensor
}

/** The number of each token's document, [B, T]: zeros where rows are one document. */
export function documentNumbers({ positions, documents }: Positions): Tensor {
  return documents ?? sub(positions, positions)
}

/** Hides keys of the same call that lie `window` or more tokens back; padding between them does not count. */
export function withinWindow(bias: Tensor, window: number | undefined, { positions, documents }: Positions): Tensor {
  const T = positions.shape[1]
  if (window === undefined || window >= T) return bias
  if (!documents) return add(bias, scoreBias(less(sub(unsqueeze(iota(T), 1), unsqueeze(iota(T), 0)), window)))
  return add(bias, scoreBias(unsqueeze(less(sub(unsqueeze(positions, 2), unsqueeze(positions, 1)), window), 1)))
}

/** Hides slots of the cache that are empty, outside the window of a query, or of another document. */
export function pastBias(
  { buffer, used }: Cache,
  window: number | undefined,
  { positions, documents }: Positions,
): Tensor {
  const size = buffer.shape[1]
  const T = positions.shape[1]
  const slot = iota(size)
  if (size === 0) return scoreBias(less(reshape(slot, [1, 0]), 0))
  const filled = less(slot, used)
  let visible = unsqueeze(filled, 0)
  if (window !== undefined && T > 1) {
    // Slot s of a ring was written last by token used − 1 − ((used − 1 − s) mod size); the query is token used + t.
    const age = add(mod(sub(sub(used, 1), slot), size), 1)
    visible = and(visible, less(add(unsqueeze(age, 0), unsqueeze(iota(T), 1)), window))
  }
  if (!documents) return scoreBias(visible)
  return scoreBias(unsqueeze(and(sameDocument(documents, buffer), visible), 1))
}
