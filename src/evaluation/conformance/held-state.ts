/** A state within one trace: what a store does between calls, done with operators, so that it can be differentiated. */
import { concat, type StateTensors, scalar, slice, type Tensor } from '../../engine/index.js'
import type { StateLeaf } from '../../mechanisms/index.js'

/** A leaf, and how many positions of a cache were ever written. */
export interface Held {
  readonly buffer: Tensor
  readonly used: number
}

/** The state as a form takes it. */
export function stateTensors(
  leaves: Readonly<Record<string, StateLeaf>>,
  state: Readonly<Record<string, Held>>,
): StateTensors {
  const entries = Object.entries(leaves).map(([name, { change }]) => {
    const { buffer, used } = state[name]
    return [name, change === 'replace' ? buffer : { buffer, used: scalar(used, 'i32') }]
  })
  return Object.fromEntries(entries)
}

/** A leaf after a call, as a store would write it. */
export function written({ change }: StateLeaf, { buffer, used }: Held, result: Tensor): Held {
  if (change === 'replace') return { buffer: result, used }
  const axis = 'append' in change ? change.append : change.ring
  const capacity = buffer.shape[axis]
  const count = result.shape[axis]
  let next = buffer
  for (let position = 0; position < count && capacity > 0; position++) {
    const slot = (used + position) % capacity
    next = concat(
      [slice(next, axis, 0, slot), slice(result, axis, position, position + 1), slice(next, axis, slot + 1, capacity)],
      axis,
    )
  }
  return { buffer: next, used: used + count }
}
