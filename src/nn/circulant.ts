/** Scores by distance: the matrix whose rows are one sequence of logits, shifted further and further, or turned. */
import {
  add,
  broadcastTo,
  cast,
  gatherElements,
  iota,
  maximum,
  minimum,
  mod,
  slice,
  sub,
  sum,
  type Tensor,
  transpose,
  unsqueeze,
} from '../engine/index.js'
import { sameDocument, scoreBias } from './documents.js'
import { toeplitz } from './linear-system.js'
import { rowsAt } from './look-back.js'
import { type PastAndPresent, withoutPadding } from './token-cache.js'

/**
 * For each of the last T of n tokens and each of all n, the logit of the token whose place in the document is the
 * distance from the one to the other: z [B, n, H] to [B, H, T, n]. Causal: −∞ for those that come later. Otherwise
 * n = T, and distances count around the document. −∞ across documents.
 */
export function circulantScores(z: Tensor, { numbers, places, visible }: PastAndPresent, causal: boolean): Tensor {
  const [B, n, H] = z.shape
  const T = visible.shape[1]
  const byHead = (rows: Tensor) => transpose(rows, [0, 2, 1])
  const own = (each: Tensor) => unsqueeze(slice(each, 1, n - T), 2)
  const bias = (seen: Tensor) => scoreBias(unsqueeze(seen, 1))
  if (causal && !numbers && n === T) return add(transpose(toeplitz(byHead(z)), [0, 1, 3, 2]), bias(visible))
  const { order, rank } = numbers ? withoutPadding(numbers) : { order: undefined, rank: unsqueeze(iota(n), 0) }
  const same = numbers && sameDocument(numbers, numbers)
  const length = same ? sum(cast(same, 'i32'), 2, { keep: true }) : n
  const distance = sub(own(places), unsqueeze(places, 1))
  const place = add(own(sub(rank, places)), causal ? distance : mod(distance, length))
  const index = unsqueeze(minimum(maximum(place, 0), n - 1), 1)
  const rows = unsqueeze(byHead(order ? rowsAt(z, order) : z), 2)
  const scores = gatherElements(broadcastTo(rows, [B, H, T, n]), broadcastTo(index, [B, H, T, n]), 3)
  if (causal) return add(scores, bias(visible))
  return same ? add(scores, bias(same)) : scores
}
