/** The vector-Jacobian product of a scan: a scan the other way. scan.ts says how the two fit together. */
import { vjp } from '../gradient.js'
import { Graph, type Node, type Program, type Tensor } from '../tensor.js'
import { currentGraph, instantiate, within } from '../trace.js'
import { constantOperator } from './constant.js'
import { add } from './elementwise.js'
import { type MatMul, matmul, matmulOperator } from './matmul.js'
import { concat } from './parts.js'
import { type Body, flatScan, type Scan, spec } from './scan.js'
import { reshape, zeros } from './shape.js'

export function scanGradient(
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
