/** Comparing states leaf by leaf; of caches only what was written counts. */
import { stridesOf, type TensorData } from '../../engine/index.js'
import { relativeError, unbounded } from './finding.js'
import { capacityOf } from './runner.js'
import type { Subject } from './subject.js'

type State = Readonly<Record<string, TensorData & { used: number }>>

export function compareStates(subject: Subject, actual: State, expected: State): { leaf: string; error: number }[] {
  const batch = Object.values(expected)[0]?.shape[0] ?? 0
  return Object.entries(subject.leaves({ batch, capacity: capacityOf(subject) })).map(([leaf, { change }]) => {
    const [a, e] = [actual[leaf], expected[leaf]]
    if (!a || !e || String(a.shape) !== String(e.shape) || a.used !== e.used) return { leaf, error: unbounded }
    if (change === 'replace') return { leaf, error: relativeError(a.data, e.data) }
    const axis = 'append' in change ? change.append : change.ring
    const stride = stridesOf(e.shape)[axis]
    return { leaf, error: relativeError(a.data, e.data, (index) => Math.floor(index / stride) % e.shape[axis] < e.used) }
  })
}
