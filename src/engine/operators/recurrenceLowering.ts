/** How ONNX Runtime runs a linear recurrence: written out, as a loop, or as a loop over blocks that are written out. */
import type { OnnxLowering } from '../onnx/lowering.js'
import { type Shape, type Spec, sizeOf, type Tensor } from '../tensor.js'
import { trace } from '../trace.js'
import { add, mul } from './elementwise.js'

interface Value {
  readonly name: string
  readonly shape: Shape
}
export interface Direction {
  readonly axis: number
  readonly reverse: boolean
}

/** Up to this many steps are written out: no slower than a loop, and nothing to set up. */
const fewSteps = 8
/** A loop over blocks saves calls where a step is small: 3 times as fast at 256 numbers a step, no faster at 2,048. */
const blockSteps = 16
const smallStep = 1024

/** Nodes for S_t = decay_t · S_{t−1} + x_t; `decay` has the rank of x, `initial` the shape of x without the axis. */
export function lowerRecurrence(
  lowering: OnnxLowering,
  decay: Value,
  x: Value,
  initial: string,
  way: Direction,
): string {
  const steps = x.shape[way.axis]
  if (steps <= fewSteps) {
    const start = lowering.reshape(initial, withExtent(x.shape, way.axis, [1]))
    const states = unrolled(
      lowering,
      parts(lowering, decay, way.axis),
      parts(lowering, x, way.axis),
      start,
      way.reverse,
    )
    return join(lowering, states, way.axis)
  }
  const inBlocks = steps % blockSteps === 0 && steps >= 4 * blockSteps && decay.shape[way.axis] === steps
  if (inBlocks && sizeOf(x.shape) / steps <= smallStep) return blocked(lowering, decay, x, initial, way)
  return looped(lowering, decay, x, initial, way)
}

function withExtent(shape: Shape, axis: number, extents: Shape): number[] {
  return [...shape.slice(0, axis), ...extents, ...shape.slice(axis + 1)]
}

function parts(lowering: OnnxLowering, { name, shape }: Value, axis: number): string[] {
  const count = shape[axis]
  return count === 1 ? [name] : lowering.split(name, new Array<number>(count).fill(1), axis)
}

function join(lowering: OnnxLowering, names: readonly string[], axis: number): string {
  return names.length === 1 ? names[0] : lowering.node('Concat', names, { axis })
}

/** The states by position. Without a start, the first state is the first x. */
function unrolled(
  lowering: OnnxLowering,
  decays: readonly string[],
  xs: readonly string[],
  start: string | undefined,
  reverse: boolean,
): string[] {
  const states = new Array<string>(xs.length)
  let state = start
  for (let step = 0; step < xs.length; step++) {
    const at = reverse ? xs.length - 1 - step : step
    const kept = state && lowering.node('Mul', [decays[decays.length === 1 ? 0 : at], state])
    state = kept ? lowering.node('Add', [kept, xs[at]]) : xs[at]
    states[at] = state
  }
  return states
}

function looped(lowering: OnnxLowering, decay: Value, x: Value, initial: string, { axis, reverse }: Direction): string {
  const step = ({ shape }: Value): Spec => ({ shape: withExtent(shape, axis, []), dtype: 'f32' })
  const advance = (state: Tensor, kept: Tensor, input: Tensor) => {
    const next = add(mul(kept, state), input)
    return [next, next]
  }
  const varies = decay.shape[axis] > 1
  const program = varies
    ? trace(advance, step(x), step(decay), step(x))
    : trace((state: Tensor, input: Tensor, kept: Tensor) => advance(state, kept, input), step(x), step(x), step(decay))
  const body = lowering.subgraph(program, varies ? [] : [lowering.reshape(decay.name, step(decay).shape)])
  const sequences = varies ? [decay.name, x.name] : [x.name]
  const each = (value: number) => sequences.map(() => value)
  const attributes = {
    body,
    num_scan_inputs: sequences.length,
    scan_input_axes: each(axis),
    scan_input_directions: each(reverse ? 1 : 0),
    scan_output_axes: [axis],
    scan_output_directions: [reverse ? 1 : 0],
  }
  return lowering.nodes('Scan', [initial, ...sequences], attributes, 2)[1]
}

/** Each block from a zero state, a loop that carries the state from block to block, each block again from its own. */
function blocked(
  lowering: OnnxLowering,
  decay: Value,
  x: Value,
  initial: string,
  { axis, reverse }: Direction,
): string {
  const count = x.shape[axis] / blockSteps
  const steps = ({ name, shape }: Value) => {
    const split = withExtent(shape, axis, [count, blockSteps])
    return parts(lowering, { name: lowering.reshape(name, split), shape: split }, axis + 1)
  }
  const [decays, xs] = [steps(decay), steps(x)]
  const last = unrolled(lowering, decays, xs, undefined, reverse)[reverse ? 0 : blockSteps - 1]
  const product = decays.reduce((a, b) => lowering.node('Mul', [a, b]))
  const blockOf = ({ shape }: Value) => withExtent(shape, axis, [count, 1])
  const start = lowering.reshape(initial, withExtent(x.shape, axis, [1]))
  const carried = looped(lowering, { name: product, shape: blockOf(decay) }, { name: last, shape: blockOf(x) }, start, {
    axis,
    reverse,
  })
  const range = (reverse ? [1, count] : [0, count - 1]).map((at) => lowering.int64([at]))
  const others = lowering.node('Slice', [carried, ...range, lowering.int64([axis])])
  const first = lowering.reshape(initial, withExtent(x.shape, axis, [1, 1]))
  const entering = join(lowering, reverse ? [others, first] : [first, others], axis)
  const states = unrolled(lowering, decays, xs, entering, reverse)
  return lowering.reshape(join(lowering, states, axis + 1), x.shape)
}
