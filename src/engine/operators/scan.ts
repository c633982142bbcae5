import { defineOperator, expect, type ReferenceArray } from '../operator.js'
import { programKey } from '../program-key.js'
import { evaluate } from '../reference.js'
import { describe, type Program, type Spec, type Tensor } from '../tensor.js'
import { apply, traceNested } from '../trace.js'
import { flatten, type Tree, unflatten } from '../tree.js'
import { iota } from './constant.js'
import { checkpoint } from './control.js'
import { concat, slice } from './parts.js'
import { scanGradient } from './scan-gradient.js'
import { reshape, zeros } from './shape.js'

export interface Scan {
  /** Inputs: carried values, one step of each sequence, captures. Outputs: carried values, one step of each result. */
  readonly body: Program
  readonly carried: number
  readonly sequences: number
  readonly length: number
  readonly reverse: boolean
}

export const scanOperator = defineOperator<Scan>({
  name: 'scan',
  infer(inputs, { body, carried, length }) {
    inputs.slice(0, carried).forEach((initial, index) => {
      const next = body.outputs[index]
      expect(describe(initial) === describe(next), 'scan', () => {
        return `carried value ${index} must keep its shape and type, got ${describe(next)} from the body after ${describe(initial)}`
      })
    })
    return body.outputs.map((output, index) =>
      index < carried ? spec(output) : { shape: [length, ...output.shape], dtype: output.dtype },
    )
  },
  gradient: ({ node, cotangents, wanted }) => scanGradient(node, cotangents, wanted),
  reference(inputs, { body, carried, sequences, length, reverse }, specs) {
    let state = inputs.slice(0, carried)
    const captures = inputs.slice(carried + sequences)
    const stacked = specs.slice(carried).map(({ shape, dtype }) => {
      const size = shape.reduce((product, extent) => product * extent, 1)
      return dtype === 'f32' ? new Float64Array(size) : dtype === 'i32' ? new Int32Array(size) : new Uint8Array(size)
    })
    for (let step = 0; step < length; step++) {
      const at = reverse ? length - 1 - step : step
      const now = inputs.slice(carried, carried + sequences).map((sequence) => row(sequence, at))
      const results = evaluate(body, [...state, ...now, ...captures])
      state = results.slice(0, carried)
      results.slice(carried).forEach(({ data }, index) => {
        stacked[index].set(data, at * data.length)
      })
    }
    return [...state.map(({ data }) => data.slice()), ...stacked]
  },
  onnx(lowering, inputs, { attributes: { body, carried, sequences, reverse }, outputs }) {
    const graph = lowering.subgraph(body, inputs.slice(carried + sequences))
    const directions = (count: number) => new Array<number>(count).fill(reverse ? 1 : 0)
    const attributes: Record<string, number | number[] | typeof graph> = { body: graph, num_scan_inputs: sequences }
    if (sequences > 0) attributes.scan_input_directions = directions(sequences)
    if (outputs.length > carried) attributes.scan_output_directions = directions(outputs.length - carried)
    return lowering.nodes('Scan', inputs.slice(0, carried + sequences), attributes, outputs.length)
  },
  key: ({ body, carried, sequences, length, reverse }) =>
    `${carried},${sequences},${length},${reverse}{${programKey(body)}}`,
})

export function spec({ shape, dtype }: Spec): Spec {
  return { shape, dtype }
}

function row({ shape, data }: ReferenceArray, at: number): ReferenceArray {
  const size = data.length / shape[0]
  return { shape: shape.slice(1), data: data.slice(at * size, (at + 1) * size) }
}

export interface ScanOptions {
  /** Runs from the last position to the first; results keep their positions. */
  reverse?: boolean
  /** Number of steps where there are no sequences to tell it. */
  length?: number
  /**
   * Keeps only the carried values at the borders of segments of this many steps and recomputes the rest in the backward
   * pass: memory for about length / segment + segment steps instead of length.
   */
  segment?: number
}

/**
 * carry_t, y_t = body(carry_{t−1}, x_t) along the leading axis of every leaf of `xs`; the results are stacked along a
 * new leading axis. `body` may use values from outside, and may differentiate.
 */
export function scan<C, X, Y>(
  body: (carry: C, x: X) => { carry: C; y: Y },
  initial: C,
  xs: X,
  options: ScanOptions = {},
): { carry: C; ys: Y } {
  const carry = flatten<Tensor>(initial as Tree<Tensor>).leaves
  const given = flatten<Tensor>(xs as Tree<Tensor>).leaves
  const length = options.length ?? given[0]?.shape[0]
  expect(length !== undefined, 'scan', () => 'needs a sequence with a leading axis, or the option length')
  expect(Number.isInteger(length) && length >= 0, 'scan', () => `the length must be an integer from 0, got ${length}`)
  const segment = options.segment ?? length
  expect(
    Number.isInteger(segment) && (segment > 0 || length === 0),
    'scan',
    () => `the segment must be an integer from 1, got ${segment}`,
  )
  // Executors count steps by a sequence, so there is always one.
  const sequences = given.length > 0 ? given : [iota(length)]
  for (const sequence of sequences) {
    expect(
      sequence.shape[0] === length,
      'scan',
      () => `every sequence needs ${length} steps along its first axis, got ${describe(sequence)}`,
    )
  }
  let tree: Y | undefined
  const flat = (...inputs: Tensor[]): Tensor[] => {
    const step = body(
      unflatten(initial, inputs.slice(0, carry.length)) as C,
      unflatten(xs, inputs.slice(carry.length)) as X,
    )
    tree = step.y
    return [
      ...nextCarry(initial as Tree<Tensor>, step.carry as Tree<Tensor>),
      ...flatten<Tensor>(step.y as Tree<Tensor>).leaves,
    ]
  }
  const run = { length, reverse: options.reverse ?? false }
  const results =
    segment < length ? segmented(flat, carry, sequences, run, segment) : flatScan(flat, carry, sequences, run)
  return {
    carry: unflatten(initial, results.slice(0, carry.length)) as C,
    ys: unflatten(tree, results.slice(carry.length)) as Y,
  }
}

/** The leaves of what a body carries on, in the order of the initial ones, whatever the order of its keys. */
function nextCarry(initial: Tree<Tensor>, next: Tree<Tensor>): Tensor[] {
  const { paths } = flatten<Tensor>(initial)
  const found = flatten<Tensor>(next)
  const places = paths.map((path) => found.paths.indexOf(path))
  expect(places.length === found.paths.length && !places.includes(-1), 'scan', () => {
    return `the body must carry on the leaves [${paths.join(', ')}] of the initial carry, got [${found.paths.join(', ')}]`
  })
  return places.map((place) => found.leaves[place])
}

export type Body = (...inputs: Tensor[]) => readonly Tensor[]
type Run = Pick<Scan, 'length' | 'reverse'>

export function flatScan(
  body: Body,
  carry: readonly Tensor[],
  sequences: readonly Tensor[],
  run: Run,
): readonly Tensor[] {
  const steps = sequences.map(({ shape, dtype }): Spec => ({ shape: shape.slice(1), dtype }))
  const { program, captures } = traceNested(body, [...carry.map(spec), ...steps])
  // ONNX Runtime cannot scan over nothing.
  if (run.length === 0)
    return [...carry, ...program.outputs.slice(carry.length).map(({ shape, dtype }) => zeros([0, ...shape], dtype))]
  return apply(scanOperator, [...carry, ...sequences, ...captures], {
    body: program,
    carried: carry.length,
    sequences: sequences.length,
    ...run,
  })
}

/** An outer scan over segments whose body is a recomputed inner scan; a shorter last part is scanned by itself. */
function segmented(
  body: Body,
  carry: readonly Tensor[],
  sequences: readonly Tensor[],
  { length, reverse }: Run,
  size: number,
): readonly Tensor[] {
  const whole = Math.floor(length / size)
  const rest = length - whole * size
  const part = (from: number, to: number) => sequences.map((sequence) => slice(sequence, 0, from, to))
  const main = (state: readonly Tensor[]) => {
    const start = reverse ? rest : 0
    const blocks = part(start, start + whole * size).map((sequence) =>
      reshape(sequence, [whole, size, ...sequence.shape.slice(1)]),
    )
    const outer: Body = (...inputs) =>
      checkpoint(
        (...inner) =>
          flatScan(body, inner.slice(0, carry.length), inner.slice(carry.length), { length: size, reverse }),
        inputs,
      )
    const results = flatScan(outer, state, blocks, { length: whole, reverse })
    return results.map((result, index) =>
      index < carry.length ? result : reshape(result, [whole * size, ...result.shape.slice(2)]),
    )
  }
  const tail = (state: readonly Tensor[]) =>
    flatScan(body, state, reverse ? part(0, rest) : part(whole * size, length), { length: rest, reverse })
  if (rest === 0) return main(carry)
  // Scanning backwards, the positions left over lie at the front and come last.
  const first = main(carry)
  const second = tail(first.slice(0, carry.length))
  const joined = first.slice(carry.length).map((value, index) => {
    const other = second[carry.length + index]
    return concat(reverse ? [other, value] : [value, other], 0)
  })
  return [...second.slice(0, carry.length), ...joined]
}
