/** Comparing what runs give: outputs at real tokens, and states leaf by leaf. */
import { stridesOf } from '../../engine/index.js'
import { relativeError, unbounded } from './finding.js'
import { capacityOf, type Outcome } from './runner.js'
import type { Sequence } from './sequence.js'
import type { Subject } from './subject.js'

/** Whether entry `index` of an output [B, T, …] belongs to a real token that `counts` selects. */
export function atTokens(
  { y: { shape } }: Outcome,
  { rows }: Sequence,
  counts: (row: number, position: number) => boolean = () => true,
) {
  const width = shape[2]
  return (index: number) => {
    const [b, t] = [Math.floor(index / (shape[1] * width)), Math.floor(index / width) % shape[1]]
    return (rows?.valid[b][t] ?? true) && counts(b, t)
  }
}

/** Error of an output at real tokens. */
export function outputError(
  sequence: Sequence,
  actual: Outcome,
  expected: Outcome,
  counts?: (row: number, position: number) => boolean,
): number {
  return relativeError(actual.y.data, expected.y.data, { counts: atTokens(expected, sequence, counts) })
}

/** Errors of a state; of caches only what was written counts. */
export function stateErrors(subject: Subject, actual: Outcome, expected: Outcome): { leaf: string; error: number }[] {
  const leaves = subject.leaves({ batch: expected.y.shape[0], capacity: capacityOf(subject) })
  return Object.entries(leaves).map(([leaf, { change }]) => {
    const [a, e] = [actual.state[leaf], expected.state[leaf]]
    if (!a || !e || String(a.shape) !== String(e.shape) || a.used !== e.used) return { leaf, error: unbounded }
    if (change === 'replace') return { leaf, error: relativeError(a.data, e.data) }
    const axis = 'append' in change ? change.append : change.ring
    const stride = stridesOf(e.shape)[axis]
    const written = (index: number) => Math.floor(index / stride) % e.shape[axis] < e.used
    return { leaf, error: relativeError(a.data, e.data, { counts: written }) }
  })
}
