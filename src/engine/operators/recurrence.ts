/** The first-order linear recurrence along an axis: every decaying state, and what cumulative scans reduce to. */
import { broadcastOffsets, broadcastShapes, eachLine } from '../loops.js'
import { defineOperator, expect } from '../operator.js'
import { describe, type Shape, sameShape, type Tensor } from '../tensor.js'
import { apply } from '../trace.js'
import { mul } from './elementwise.js'
import { concat, slice } from './parts.js'
import { type Direction, lowerRecurrence } from './recurrenceLowering.js'
import { sumTo } from './reduce.js'
import { normalizeAxis, reshape, zeros } from './shape.js'

const recurrenceOperator = defineOperator<Direction>({
  name: 'linearRecurrence',
  infer([decay, x, initial], { axis }) {
    const real = [decay, x, initial].every(({ dtype }) => dtype === 'f32')
    expect(real, 'linearRecurrence', () => `takes f32, got ${[decay, x, initial].map(describe).join(', ')}`)
    const shape = broadcastShapes(decay.shape, x.shape)
    expect(shape !== undefined && sameShape(shape, x.shape), 'linearRecurrence', () => {
      return `the decay must broadcast to ${describe(x)}, got ${describe(decay)}`
    })
    expect(sameShape(initial.shape, withExtent(x.shape, axis)), 'linearRecurrence', () => {
      return `the initial state must be ${describe(x)} without axis ${axis}, got ${describe(initial)}`
    })
    return [x]
  },
  gradient({ inputs: [decay, x, initial], outputs: [states], cotangents: [g], attributes: { axis, reverse }, wanted }) {
    if (!g) return []
    // What flows back obeys the same recurrence the other way: r_t = g_t + decay_{t+1} r_{t+1}.
    const edge = withExtent(decay.shape, axis, 1)
    const next = decay.shape[axis] === 1 ? decay : delayed(decay, zeros(edge), { axis, reverse: !reverse })
    const r = linearRecurrence(next, g, undefined, { axis, reverse: !reverse })
    const first = (tensor: Tensor) =>
      reverse ? slice(tensor, axis, tensor.shape[axis] - 1) : slice(tensor, axis, 0, 1)
    const previous = () => delayed(states, reshape(initial, withExtent(x.shape, axis, 1)), { axis, reverse })
    return [
      wanted[0] ? sumTo(mul(r, previous()), decay.shape) : undefined,
      r,
      wanted[2] ? reshape(mul(first(decay), first(r)), initial.shape) : undefined,
    ]
  },
  reference([decay, x, initial], { axis, reverse }) {
    const out = new Float64Array(x.data.length)
    const decays = broadcastOffsets(decay.shape, x.shape)
    const steps = x.shape[axis]
    eachLine(x.shape, axis, (start, stride, line) => {
      let state = initial.data[line]
      for (let step = 0; step < steps; step++) {
        const at = start + (reverse ? steps - 1 - step : step) * stride
        state = decay.data[decays[at]] * state + x.data[at]
        out[at] = state
      }
    })
    return [out]
  },
  onnx(lowering, [decay, x, initial], { inputs, attributes }) {
    const value = (name: string, index: number) => ({ name, shape: inputs[index].shape })
    return lowerRecurrence(lowering, value(decay, 0), value(x, 1), initial, attributes)
  },
})

/**
 * All states of S_t = decay_t · S_{t−1} + x_t along an axis, from `initial` (x without that axis; zeros by default).
 * The decay broadcasts against x. With `reverse` it runs from the last position to the first.
 */
export function linearRecurrence(
  decay: Tensor,
  x: Tensor,
  initial: Tensor | undefined,
  options: { axis: number; reverse?: boolean },
): Tensor {
  const axis = normalizeAxis('linearRecurrence', options.axis, x)
  const aligned = reshape(decay, [...new Array<number>(Math.max(0, x.rank - decay.rank)).fill(1), ...decay.shape])
  const start = initial ?? zeros(withExtent(x.shape, axis))
  if (x.size === 0) return x
  return apply(recurrenceOperator, [aligned, x, start], { axis, reverse: options.reverse ?? false })[0]
}

/** Every position holds what the one before it held, in running order; `first` (extent 1) comes in at the beginning. */
export function delayed(
  x: Tensor,
  first: Tensor,
  { axis, reverse = false }: { axis: number; reverse?: boolean },
): Tensor {
  const last = x.shape[axis] - 1
  if (last <= 0) return last === 0 ? first : x
  return reverse ? concat([slice(x, axis, 1), first], axis) : concat([first, slice(x, axis, 0, last)], axis)
}

/** A shape with another extent along an axis, or without the axis. */
function withExtent(shape: Shape, axis: number, extent?: number): Shape {
  return [...shape.slice(0, axis), ...(extent === undefined ? [] : [extent]), ...shape.slice(axis + 1)]
}
