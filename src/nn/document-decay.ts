/** Packed documents and padding as decays: for recurrences S_t = exp(g_t) ∘ S_{t−1} + …, which then need no masks. */
import { equal, full, reshape, type Tensor } from '../engine/index.js'
import { type Timeline, withinDocuments } from './recurrence.js'

/** A log decay that leaves nothing, and whose sums stay finite. */
export const nothing = -1e30

/** Whether each position of a head's sequence is a token, and whether it is the first of its document: [B, 1, T, 1]. */
export function documentMarks(timeline: Timeline): { real: Tensor; starts: Tensor } | undefined {
  if (!timeline.documents) return undefined
  const ones = full(timeline.documents.shape, 1)
  const { kept, written } = withinDocuments({ kept: ones, written: ones }, timeline)
  const [B, T] = timeline.documents.shape
  const overHeads = (t: Tensor) => reshape(t, [B, 1, T, 1])
  return { real: overHeads(equal(written, 1)), starts: overHeads(equal(kept, 0)) }
}
