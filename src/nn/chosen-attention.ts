/**
 * Attention of chosen tokens to the last W chosen ones of their document: a working memory that tokens enter by a decision
 * instead of by their place. Ren et al. 2023, arXiv:2306.11197, section 4.
 */
import {
  add,
  and,
  cast,
  concat,
  cumulativeSum,
  equal,
  full,
  greaterEqual,
  iota,
  less,
  max,
  maximum,
  minimum,
  or,
  reshape,
  slice,
  squeeze,
  sub,
  sum,
  type Tensor,
  unsqueeze,
  where,
  zeros,
} from '../engine/index.js'
import { attend } from './attention.js'
import { documentMarks } from './document-decay.js'
import { cumulativeMaximum, scoreBias } from './documents.js'
import { attendLocally } from './local-attention.js'
import { lookBack, pastTokens, rowsAt } from './look-back.js'
import type { Timeline } from './recurrence.js'
import { withoutPadding } from './token-cache.js'

export interface ChosenInputs {
  /** [B, T, Z] */
  readonly q: Tensor
  readonly k: Tensor
  /** [B, T, E] */
  readonly v: Tensor
  /** [B, T] of booleans; what comes out at other tokens does not matter. */
  readonly chosen: Tensor
}

export interface WorkingMemory {
  /** The last W − 1 chosen tokens, zeros where there are fewer: [B, W − 1, Z] and [B, W − 1, E]. */
  readonly keys: Tensor
  readonly values: Tensor
  /** Chosen tokens of the document so far: [B] i32. */
  readonly held: Tensor
}

export function workingMemory(batch: number, window: number, keyWidth: number, width: number) {
  return {
    keys: pastTokens(batch, window - 1, keyWidth),
    values: pastTokens(batch, window - 1, width),
    held: { shape: [batch], dtype: 'i32', change: 'replace' } as const,
  }
}

/** The definition: all pairs of tokens, those that are not chosen hidden. [B, T, E]. */
export function attendChosen(inputs: ChosenInputs, memory: WorkingMemory, timeline: Timeline): Tensor {
  const { q, k, v, chosen } = inputs
  const [B, T] = chosen.shape
  const slots = memory.keys.shape[1]
  const { rank, reach } = chosenPlaces(inputs, memory, timeline)
  const ranks = concat([add(zeros([B, slots], 'i32'), sub(iota(slots), slots - 1)), rank], 1)
  const distance = sub(unsqueeze(rank, 2), unsqueeze(ranks, 1))
  const near = and(greaterEqual(distance, 0), less(distance, unsqueeze(reach, 2)))
  const places = iota(T)
  const own = equal(unsqueeze(places, 1), places)
  const earlier = and(unsqueeze(chosen, 1), greaterEqual(unsqueeze(places, 1), places))
  const visible = or(own, and(earlier, slice(near, 2, slots)))
  const heads = (t: Tensor) => unsqueeze(t, 1)
  const past = {
    keys: heads(memory.keys),
    values: heads(memory.values),
    bias: heads(scoreBias(slice(near, 2, 0, slots))),
  }
  return squeeze(attend(heads(q), heads(k), heads(v), heads(scoreBias(visible)), past), 1)
}

/** The same in linear time: chosen tokens moved to the front of their row, where the window is one of neighbours. */
export function attendChosenInBlocks(inputs: ChosenInputs, memory: WorkingMemory, timeline: Timeline): Tensor {
  const { q, k, v, chosen } = inputs
  const slots = memory.keys.shape[1]
  const { order, rank } = withoutPadding(where(chosen, 0, full(chosen.shape, -1, 'i32')))
  const { reach } = chosenPlaces(inputs, memory, timeline)
  const front = (t: Tensor) => unsqueeze(rowsAt(t, order), 1)
  const ring = (t: Tensor) => ({ buffer: unsqueeze(t, 1), used: full([], slots, 'i32') })
  const past = { keys: ring(memory.keys), values: ring(memory.values) }
  const reaches = rowsAt(where(chosen, reach, 1), order)
  return rowsAt(squeeze(attendLocally(front(q), front(k), front(v), slots + 1, past, reaches), 1), rank)
}

/** The memory after the inputs. */
export function remembering(inputs: ChosenInputs, memory: WorkingMemory, timeline: Timeline): WorkingMemory {
  const { k, v, chosen } = inputs
  const { numbers, carried } = numbered(inputs, timeline)
  const last = maximum(max(numbers, 1), carried)
  const added = sum(cast(and(chosen, equal(numbers, unsqueeze(last, 1))), 'i32'), 1)
  const held = add(where(equal(last, carried), memory.held, 0), added)
  // To a convolution's past, tokens that are not chosen are padding.
  const only = { documents: where(chosen, numbers, -1), carriedDocument: carried }
  const slots = memory.keys.shape[1]
  const present = unsqueeze(greaterEqual(iota(slots), sub(slots, unsqueeze(held, 1))), 2)
  const latest = (t: Tensor, past: Tensor) => where(present, lookBack(t, past, [], only).past, 0)
  return { keys: latest(k, memory.keys), values: latest(v, memory.values), held }
}

function numbered({ chosen }: ChosenInputs, { documents, carriedDocument }: Timeline) {
  const [B] = chosen.shape
  return {
    numbers: documents ?? zeros(chosen.shape, 'i32'),
    carried: carriedDocument ?? zeros([B], 'i32'),
  }
}

/** How many chosen tokens there are up to each of the call, and how many of the last W its document has, [B, T] each. */
function chosenPlaces(inputs: ChosenInputs, memory: WorkingMemory, timeline: Timeline) {
  const { numbers, carried } = numbered(inputs, timeline)
  const ones = cast(inputs.chosen, 'i32')
  const rank = cumulativeSum(ones, 1)
  const marks = documentMarks(timeline)
  const before = marks && cumulativeMaximum(where(reshape(marks.starts, rank.shape), sub(rank, ones), 0))
  const held = where(equal(numbers, unsqueeze(carried, 1)), unsqueeze(memory.held, 1), 0)
  const reach = minimum(add(before ? sub(rank, before) : rank, held), memory.keys.shape[1] + 1)
  return { rank, reach }
}
