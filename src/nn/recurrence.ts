/** Recurrences over time that heed packed documents and padding: a loop over any cell, and elementwise ones at once. */
import {
  delayed,
  equal,
  flatten,
  linearRecurrence,
  mapTree,
  maximum,
  reshape,
  scan,
  slice,
  squeeze,
  type Tensor,
  type Tree,
  transpose,
  unsqueeze,
  where,
  zeros,
} from '../engine/index.js'
import { cumulativeMaximum, isToken } from './documents.js'

/** What recurrences need to know of the positions: as in a mixer's context. */
export interface Timeline {
  /** [B, T] i32, −1 for padding; absent where rows are one document without padding. */
  readonly documents?: Tensor
  /** [B] i32 */
  readonly carriedDocument?: Tensor
}

/**
 * A loop over time: `cell` turns the memory (a tree of tensors [B, …]) and one token's inputs (a tree of [B, …], cut
 * from [B, T, …]) into the next memory and a result y. A new document begins with `fresh`, by default zeros; padding
 * leaves the memory as it is. Returns results [B, T, …] and the last memory.
 */
export function loopOverTime<M, X, Y>(
  cell: (memory: M, at: X) => { memory: M; y: Y },
  start: M,
  inputs: X,
  { documents, carriedDocument }: Timeline,
  fresh?: M,
): { ys: Y; memory: M } {
  const xs = mapTree(inputs, timeFirst) as X
  if (!documents) {
    const { carry, ys } = scan(
      (memory: M, at: X) => {
        const { memory: carry, y } = cell(memory, at)
        return { carry, y }
      },
      start,
      xs,
    )
    return { ys: mapTree(ys, timeFirst) as Y, memory: carry }
  }
  const { carry, ys } = scan(
    ({ memory, document }: { memory: M; document: Tensor }, at: { x: X; document: Tensor }) => {
      const real = isToken(at.document)!
      const begun = choose(
        equal(at.document, document),
        memory,
        fresh ?? (mapTree(memory, ({ shape }: Tensor) => zeros(shape)) as M),
      )
      const { memory: next, y } = cell(begun, at.x)
      return { carry: { memory: choose(real, next, memory), document: where(real, at.document, document) }, y }
    },
    { memory: start, document: carriedDocument! },
    { x: xs, document: transpose(documents) },
  )
  return { ys: mapTree(ys, timeFirst) as Y, memory: carry.memory }
}

/** [B, T, …] to [T, B, …] and back. */
export function timeFirst(x: Tensor): Tensor {
  return transpose(x, [1, 0, ...Array.from({ length: x.rank - 2 }, (_, axis) => axis + 2)])
}

/** Leaf by leaf, row by row: `a` where the condition [B] holds, else `b`. */
function choose<M>(condition: Tensor, a: M, b: M): M {
  const others = flatten<Tensor>(b as Tree<Tensor>).leaves
  let next = 0
  return mapTree(a, (leaf: Tensor) => {
    return where(reshape(condition, [-1, ...new Array<number>(leaf.rank - 1).fill(1)]), leaf, others[next++])
  }) as M
}

/** What an elementwise recurrence does at each token; [B, T, …] each, `kept` may broadcast against `written`. */
export interface Update {
  readonly kept: Tensor
  readonly written: Tensor
}

/**
 * All h_t = kept_t ∘ h_{t−1} + written_t of [B, T, …] from `hidden` [B, …], and the last one. A document starts from
 * nothing, padding leaves the state as it is.
 */
export function elementwiseRecurrence(update: Update, hidden: Tensor, timeline: Timeline) {
  const { kept, written } = withinDocuments(update, timeline)
  const states = linearRecurrence(kept, written, hidden, { axis: 1 })
  return { states, last: squeeze(slice(states, 1, -1), 1) }
}

/** The update with nothing kept where a document starts, and everything kept over padding. */
export function withinDocuments({ kept, written }: Update, timeline: Timeline): Update {
  const { real, continues } = continuity(timeline)
  if (!real) return { kept, written }
  const wide = (t: Tensor) => reshape(t, [...t.shape, ...new Array<number>(written.rank - 2).fill(1)])
  return { kept: where(wide(real), where(wide(continues), kept, 0), 1), written: where(wide(real), written, 0) }
}

/** Which positions are tokens, and which have the document of the one before them, [B, T] bool; where documents are packed. */
export function continuity({ documents, carriedDocument }: Timeline) {
  if (!documents) return {}
  const first = unsqueeze(carriedDocument!, 1)
  // Padding has no number of its own: it counts as the document before it.
  const numbers = cumulativeMaximum(maximum(documents, first))
  return { real: isToken(documents)!, continues: equal(numbers, delayed(numbers, first, { axis: 1 })) }
}
