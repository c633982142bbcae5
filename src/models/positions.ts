/** Where each token stands: its position in its document and its document’s number, from resets and padding. */
import {
  add,
  and,
  cast,
  cumulativeSum,
  equal,
  greater,
  iota,
  maximum,
  neg,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  unsqueeze,
  where,
} from '../engine/index.js'
import type { Context } from '../mechanisms/index.js'
import { cumulativeMaximum, sameDocument } from '../nn/documents.js'

export interface Rows {
  /** True where a new document starts, [B, T]. */
  readonly resets?: Tensor
  /** False for padding, [B, T]. */
  readonly valid?: Tensor
}

/** Carried from call to call: tokens of the current document so far, and its number; [B] i32 each. */
export interface Place {
  readonly position: Tensor
  readonly document: Tensor
}

/** Positions [B, T] counted without the tokens `skipped` of x, which stand at −1 themselves. */
export function positionsWithout(skipped: number, x: Tensor, { positions, documents }: Placement): Tensor {
  const found = equal(x, skipped)
  const counted = cast(found, 'i32')
  const T = x.shape[1]
  const before = () => and(sameDocument(documents!, documents!), greater(unsqueeze(iota(T), 1), unsqueeze(iota(T), 0)))
  const passed = documents ? sum(where(before(), unsqueeze(counted, 1), 0), 2) : cumulativeSum(counted, 1)
  return where(found, -1, sub(positions, passed))
}

export type Placement = Pick<Context, 'positions' | 'documents' | 'carriedDocument'>

export function place(
  { resets, valid }: Rows,
  { position, document }: Place,
  length: number,
): { placement: Placement; next: Place } {
  if (!resets && !valid) {
    const positions = add(unsqueeze(position, 1), iota(length))
    return { placement: { positions }, next: { position: add(position, length), document } }
  }
  const B = position.shape[0]
  const real = valid ? cast(valid, 'i32') : undefined
  const starts = resets ? cast(valid ? and(resets, valid) : resets, 'i32') : undefined
  const numbers = starts
    ? add(unsqueeze(document, 1), cumulativeSum(starts, 1))
    : add(unsqueeze(document, 1), reshape(sub(iota(length), iota(length)), [1, length]))
  const counted = real ? cumulativeSum(real, 1) : add(iota(length), 1)
  // Tokens before the current document within this call; what was carried counts as negative.
  const carried = neg(unsqueeze(position, 1))
  const before = starts
    ? cumulativeMaximum(maximum(where(cast(starts, 'bool'), sub(counted, 1), carried), carried))
    : carried
  const positions = add(sub(sub(counted, 1), before), sub(numbers, numbers))
  const last = (t: Tensor) => reshape(slice(t, 1, length - 1, length), [B])
  return {
    placement: {
      positions: maximum(positions, 0),
      documents: valid ? where(valid, numbers, -1) : numbers,
      carriedDocument: document,
    },
    next: { position: add(last(positions), 1), document: last(numbers) },
  }
}
