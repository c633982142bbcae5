/**
 * A loop over the leading axis, with back-propagation through time.
 *
 * The gradient of a scan is another scan, run the other way: its body is the vector-Jacobian product of this one's. What
 * that needs from the forward pass is handed out by the forward scan as additional stacked outputs. Weight gradients
 * that are products aᵀb of per-step values are not summed step by step: a and b are stacked and multiplied once.
 */
import { vjp } from '../gradient.js'
import { defineOperator, expect, type ReferenceArray } from '../operator.js'
import { evaluate } from '../reference.js'
import { describe, Graph, type Node, type Program, type Spec, type Tensor } from '../tensor.js'
import { apply, currentGraph, instantiate, traceNested, within } from '../trace.js'
import { flatten, type Tree, unflatten } from '../tree.js'
import { constantOperator, iota } from './constant.js'
import { checkpoint, programKey } from './control.js'
import { add } from './elementwise.js'
import { type MatMul, matmul, matmulOperator } from './matmul.js'
import { concat, reshape, slice, zeros } from './shape.js'

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

function spec({ shape, dtype }: Spec): Spec {
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

type Body = (...inputs: Tensor[]) => readonly Tensor[]
type Run = Pick<Scan, 'length' | 'reverse'>

function flatScan(body: Body, carry: readonly Tensor[], sequences: readonly Tensor[], run: Run): readonly Tensor[] {
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

function scanGradient(
  node: Node<Scan>,
  cotangents: readonly (Tensor | undefined)[],
  wanted: readonly boolean[],
): (Tensor | undefined)[] {
  const { body, carried, sequences, length, reverse } = node.attributes
  const parent = currentGraph()

  // One step forward and its vector-Jacobian product in one scratch graph.
  const joint = new Graph(parent)
  const inputs = body.inputs.map((input) => joint.input(spec(input)))
  const { outputs } = within(joint, () => instantiate(body, inputs))
  const forwardNodes = joint.nodes.length
  const isFlowing = (index: number) =>
    body.outputs[index].dtype === 'f32' && (index < carried || cotangents[index] !== undefined)
  const incoming = body.outputs.map((output, index) => (isFlowing(index) ? joint.input(spec(output)) : undefined))
  const differentiated = inputs.map((input, index) => input.dtype === 'f32' && (index < carried || wanted[index]))
  const sources = inputs.filter((_, index) => differentiated[index])
  const found = within(joint, () => vjp(outputs, incoming, sources))
  const gradientOf = new Map(sources.map((source, index) => [source, found[index]]))
  const backwardNodes = joint.nodes.slice(forwardNodes)

  // What the backward half reads from the forward half.
  const invariant = invariants(joint.nodes.slice(0, forwardNodes), inputs.slice(carried + sequences))
  const residuals = new Set<Tensor>()
  const isForward = (tensor: Tensor) => (tensor.node ? tensor.node.order < forwardNodes : inputs.includes(tensor))
  const read = [...backwardNodes.flatMap((each) => each.inputs), ...found.filter((tensor) => tensor !== undefined)]
  for (const tensor of read) if (isForward(tensor)) residuals.add(tensor)

  // Hand the varying ones out of the forward scan; the rest is recomputed outside the loop.
  const outside = new Map<Tensor, Tensor>(
    inputs.slice(carried + sequences).map((input, index) => [input, node.inputs[carried + sequences + index]]),
  )
  for (const each of joint.nodes.slice(0, forwardNodes)) {
    if (
      each.operator === constantOperator ||
      !each.outputs.some((output) => residuals.has(output) && invariant.has(output))
    )
      continue
    replay(invariantCone(each, invariant), outside)
  }
  const stacked = new Map<Tensor, Tensor>()
  inputs.slice(carried, carried + sequences).forEach((input, index) => {
    stacked.set(input, node.inputs[carried + index])
  })
  outputs.slice(carried).forEach((output, index) => {
    stacked.set(output, node.outputs[carried + index])
  })
  const extra = [...residuals].filter(
    (tensor) => !outside.has(tensor) && !stacked.has(tensor) && !invariant.has(tensor),
  )
  const forward: Program = {
    inputs,
    nodes: joint.nodes.slice(0, forwardNodes),
    outputs: [...outputs, ...extra],
    named: new Map(),
  }
  const before = node.outputs.length
  node.attributes = { ...node.attributes, body: forward }
  node.outputs = [
    ...node.outputs,
    ...parent.extend(
      node as Node,
      extra.map(({ shape, dtype }) => ({ shape: [length, ...shape], dtype })),
    ),
  ]
  extra.forEach((tensor, index) => {
    stacked.set(tensor, node.outputs[before + index])
  })

  // The backward scan. Carried: cotangents of the carried values, then sums for captures that cannot be deferred.
  const carriedGradients = inputs.slice(0, carried).filter((input) => input.dtype === 'f32')
  const captureTerms = inputs.slice(carried + sequences).flatMap((input, index) => {
    const gradient = gradientOf.get(input)
    return gradient && wanted[carried + sequences + index] ? [{ input, terms: addends(gradient, forwardNodes) }] : []
  })
  const deferred = captureTerms.flatMap(({ input, terms }) =>
    terms.flatMap((term) => (isDeferrable(term) ? [{ input, node: term.node as Node<MatMul> }] : [])),
  )
  const summed = captureTerms.flatMap(({ input, terms }) => {
    const rest = terms.filter((term) => !isDeferrable(term))
    return rest.length > 0 ? [{ input, rest }] : []
  })
  const sequenceGradients = inputs
    .slice(carried, carried + sequences)
    .filter((input) => gradientOf.get(input) !== undefined)
  const isAtHand = (tensor: Tensor) =>
    stacked.has(tensor) || outside.has(tensor) || (incoming.includes(tensor) && incoming.indexOf(tensor) >= carried)
  const emitted = [...new Set(deferred.flatMap((each) => each.node.inputs))].filter((tensor) => !isAtHand(tensor))

  const start = [
    ...inputs
      .slice(0, carried)
      .flatMap((input, index) => (input.dtype === 'f32' ? [cotangents[index] ?? zeros(input.shape)] : [])),
    ...summed.map(({ input }) => zeros(input.shape)),
  ]
  const flowingSequences = incoming.flatMap((input, index) =>
    input && index >= carried ? [{ input, value: cotangents[index]! }] : [],
  )
  const streams = [
    ...flowingSequences,
    ...[...stacked].filter(([tensor]) => residuals.has(tensor)).map(([input, value]) => ({ input, value })),
  ]
  for (const { input, value } of flowingSequences) stacked.set(input, value)
  const backward: Body = (...given) => {
    const values = new Map<Tensor, Tensor>()
    incoming
      .slice(0, carried)
      .filter((input) => input !== undefined)
      .forEach((input, index) => {
        values.set(input, given[index])
      })
    streams.forEach(({ input }, index) => {
      values.set(input, given[start.length + index])
    })
    for (const [inner, outer] of outside) values.set(inner, outer)
    for (const [outer, inner] of joint.captures) values.set(inner, outer)
    replay(
      joint.nodes.slice(0, forwardNodes).filter((each) => each.operator === constantOperator),
      values,
    )
    replay(backwardNodes, values)
    const value = (tensor: Tensor) => values.get(tensor)!
    return [
      ...carriedGradients.map((input) => {
        const gradient = gradientOf.get(input)
        return gradient ? value(gradient) : zeros(input.shape)
      }),
      ...summed.map(({ rest }, index) =>
        rest.map(value).reduce((total, term) => add(total, term), given[carriedGradients.length + index]),
      ),
      ...sequenceGradients.map((input) => value(gradientOf.get(input)!)),
      ...emitted.map(value),
    ]
  }
  const results = flatScan(
    backward,
    start,
    streams.map(({ value }) => value),
    { length, reverse: !reverse },
  )

  let at = 0
  const next = () => results[at++]
  const initial = new Map(carriedGradients.map((input) => [input, next()]))
  const totals = new Map<Tensor, Tensor>(summed.map(({ input }) => [input, next()]))
  const streamed = new Map(sequenceGradients.map((input) => [input, next()]))
  for (const tensor of emitted) stacked.set(tensor, next())
  for (const { input, node: product } of deferred) {
    const [a, b] = product.inputs.map((tensor) => rowsOf(stacked.get(tensor), outside.get(tensor), length))
    const total = matmul(a, b, { transposeA: true, scale: product.attributes.scale })
    const sofar = totals.get(input)
    totals.set(input, sofar ? add(sofar, total) : total)
  }
  return inputs.map((input) => initial.get(input) ?? streamed.get(input) ?? totals.get(input))
}

/** Per-step matrices [T, M, N] as one [T·M, N]; what does not vary is repeated. */
function rowsOf(varying: Tensor | undefined, fixed: Tensor | undefined, length: number): Tensor {
  if (varying) return reshape(varying, [-1, varying.shape[varying.rank - 1]])
  return concat(new Array<Tensor>(length).fill(fixed!), 0)
}

/** Values that are the same in every step: computed from captures and constants alone. */
function invariants(nodes: readonly Node[], captures: readonly Tensor[]): Set<Tensor> {
  const known = new Set(captures)
  for (const node of nodes)
    if (node.inputs.every((input) => known.has(input))) for (const output of node.outputs) known.add(output)
  return known
}

/** The nodes behind an invariant node, in order. */
function invariantCone(node: Node, invariant: Set<Tensor>, seen = new Set<Node>()): Node[] {
  if (seen.has(node)) return []
  seen.add(node)
  return [
    ...node.inputs.flatMap((input) =>
      input.node && invariant.has(input) ? invariantCone(input.node, invariant, seen) : [],
    ),
    node,
  ]
}

/** Appends copies of nodes to the current graph, reading and extending `values`. */
function replay(nodes: readonly Node[], values: Map<Tensor, Tensor>): void {
  const graph = currentGraph()
  for (const node of nodes) {
    if (values.has(node.outputs[0])) continue
    const outputs = graph.append(
      node.operator,
      node.inputs.map((input) => graph.adopt(values.get(input)!)),
      node.attributes,
      node.outputs,
    )
    node.outputs.forEach((output, index) => {
      values.set(output, outputs[index])
    })
  }
}

/** The terms of a sum of cotangents built in the backward half. */
function addends(tensor: Tensor, forwardNodes: number): Tensor[] {
  const { node } = tensor
  if (
    node?.operator.name === 'add' &&
    node.order >= forwardNodes &&
    node.inputs.every((input) => input.rank === tensor.rank)
  ) {
    return node.inputs.flatMap((input) => addends(input, forwardNodes))
  }
  return [tensor]
}

/** Whether Σ_t of this term is one product of stacked values, cheaper than adding the term up in every step. */
function isDeferrable({ node, size }: Tensor): boolean {
  if (node?.operator !== matmulOperator) return false
  const { transposeA, transposeB } = node.attributes as MatMul
  const [a, b] = node.inputs
  return transposeA && !transposeB && a.rank === 2 && b.rank === 2 && size > a.size + b.size
}
