/** Local rules of simplification: each looks at one node and its inputs and may give a cheaper equal value. */
import { broadcastShapes } from './loops.js'
import { constant, constantData, constantOperator, scalarValue } from './operators/constant.js'
import { mul, sub } from './operators/elementwise.js'
import { type MatMul, matmulOperator } from './operators/matmul.js'
import { concat } from './operators/parts.js'
import { broadcastTo, full, reshape, transpose, zeros } from './operators/shape.js'
import { neg } from './operators/unary.js'
import { type Node, sameShape, sizeOf, type Tensor } from './tensor.js'
import { apply } from './trace.js'

type Rule = (node: Node, inputs: readonly Tensor[]) => Tensor | undefined

/** Results of at most this many values are computed while simplifying when all inputs are constant. */
const largestFolded = 4096

/** Other values for the outputs of a node, where a rule applies. */
export function rewrite(node: Node, inputs: readonly Tensor[]): readonly Tensor[] | undefined {
  if (node.outputs.length !== 1) return undefined
  for (const rule of [foldConstant, ...(rules[node.operator.name] ?? [])]) {
    const value = rule(node, inputs)
    if (value) return [value]
  }
  return undefined
}

const foldConstant: Rule = (node, inputs) => {
  if (node.operator === constantOperator || inputs.length === 0 || node.outputs[0].size > largestFolded)
    return undefined
  const data = inputs.map(constantData)
  if (
    data.some((values) => values === undefined || values.length > largestFolded) ||
    node.operator.name === 'broadcastTo'
  )
    return undefined
  const arrays = inputs.map((input, index) => ({
    shape: input.shape,
    data: data[index] instanceof Float32Array ? Float64Array.from(data[index]) : data[index]!,
  }))
  const [result] = node.operator.reference(arrays as never, node.attributes, node.outputs)
  return constant(result, node.outputs[0].shape, node.outputs[0].dtype)
}

/** The number that every element of a tensor has, where that is known. */
export function uniform(tensor: Tensor): number | undefined {
  if (tensor.node?.operator.name === 'broadcastTo' || tensor.node?.operator.name === 'reshape')
    return uniform(tensor.node.inputs[0])
  return scalarValue(tensor)
}

/** `tensor` where it already has the shape of the node's result. */
function fitting(node: Node, tensor: Tensor): Tensor | undefined {
  return sameShape(tensor.shape, node.outputs[0].shape) ? tensor : undefined
}

const withoutIdentity =
  (neutral: number, sides: readonly number[]): Rule =>
  (node, inputs) => {
    for (const side of sides) if (uniform(inputs[side]) === neutral) return fitting(node, inputs[1 - side])
    return undefined
  }

const annihilated: Rule = (node, inputs) => {
  return inputs.some((input) => input.dtype === 'f32' && uniform(input) === 0)
    ? zeros(node.outputs[0].shape, node.outputs[0].dtype)
    : undefined
}

/** Elementwise operators broadcast by themselves. */
const withoutBroadcast: Rule = (node, inputs) => {
  const bare = inputs.map((input) => (input.node?.operator.name === 'broadcastTo' ? input.node.inputs[0] : input))
  const fits = (operands: readonly Tensor[]) => {
    const shape = broadcastShapes(...operands.map((operand) => operand.shape))
    return shape !== undefined && sameShape(shape, node.outputs[0].shape)
  }
  for (let index = 0; index < inputs.length; index++) {
    if (bare[index] === inputs[index]) continue
    const operands = inputs.map((input, other) => (other === index ? bare[index] : input))
    if (fits(operands)) return apply(node.operator, operands, node.attributes)[0]
  }
  return undefined
}

/** (x · a) · b = x · (a b) for numbers a and b. */
const joinedScale: Rule = (node, [x, y]) => {
  const [factor, rest] = scalarValue(x) !== undefined ? [scalarValue(x), y] : [scalarValue(y), x]
  if (factor === undefined || rest.dtype !== 'f32' || rest.node?.operator.name !== 'mul') return undefined
  const [a, b] = rest.node.inputs
  if (scalarValue(b) !== undefined) return fitting(node, mul(a, factor * scalarValue(b)!))
  return scalarValue(a) !== undefined ? fitting(node, mul(b, factor * scalarValue(a)!)) : undefined
}

/** Where one value was repeated, it is so in another order, in a part, and, if it is 0, in sums. */
const repeated: Rule = (node, [x]) => {
  const value = uniform(x)
  const holds = value !== undefined && (value === 0 || node.operator.name !== 'sum')
  return holds ? full(node.outputs[0].shape, value, x.dtype) : undefined
}

const transposedOperands: Rule = (node, inputs) => {
  const attributes = node.attributes as MatMul
  const swaps = inputs.map(
    (input) => input.node?.operator.name === 'transpose' && isSwap(input.node.attributes as number[]),
  )
  if (!swaps.includes(true)) return undefined
  const operands = inputs.map((input, index) => (swaps[index] ? input.node!.inputs[0] : input))
  return apply(matmulOperator, operands, {
    ...attributes,
    transposeA: attributes.transposeA !== swaps[0],
    transposeB: attributes.transposeB !== swaps[1],
  })[0]
}

function isSwap(order: readonly number[]): boolean {
  return order.every((axis, index) => axis === (index < order.length - 2 ? index : 2 * order.length - 3 - index))
}

/** Without parts of extent 0, and without the product over an empty axis. */
const withoutEmptyParts: Rule = (node, inputs) => {
  const filled = inputs.filter((part) => part.size > 0)
  return filled.length < inputs.length && filled.length > 0 ? concat(filled, node.attributes as number) : undefined
}
const emptyProduct: Rule = (node, [a]) =>
  a.size === 0 && sizeOf(node.outputs[0].shape) > 0 ? zeros(node.outputs[0].shape) : undefined

const rules: Record<string, readonly Rule[]> = {
  add: [
    withoutIdentity(0, [0, 1]),
    (node, [a, b]) =>
      b.node?.operator.name === 'neg' && b.dtype === 'f32'
        ? (fitting(node, a) ?? fitting(node, b)) && sub(a, b.node.inputs[0])
        : undefined,
    withoutBroadcast,
  ],
  sub: [
    withoutIdentity(0, [1]),
    (node, [a, b]) => (uniform(a) === 0 && fitting(node, b) ? neg(b) : undefined),
    withoutBroadcast,
  ],
  mul: [withoutIdentity(1, [0, 1]), annihilated, joinedScale, withoutBroadcast],
  div: [withoutIdentity(1, [1]), withoutBroadcast],
  neg: [(_, [x]) => (x.node?.operator.name === 'neg' ? x.node.inputs[0] : undefined)],
  where: [withoutBroadcast],
  maximum: [withoutBroadcast],
  minimum: [withoutBroadcast],
  reshape: [
    (node, [x]) => (x.node?.operator.name === 'broadcastTo' ? repeated(node, [x]) : undefined),
    (node, [x]) => (x.node?.operator.name === 'reshape' ? reshape(x.node.inputs[0], node.outputs[0].shape) : undefined),
    (node, [x]) => fitting(node, x),
  ],
  sum: [repeated],
  slice: [repeated],
  transpose: [
    repeated,
    // Axes of extent 1 may go anywhere without a number being moved, as those of a single token do.
    (node, [x]) => {
      const long = (node.attributes as number[]).filter((axis) => x.shape[axis] !== 1)
      const inOrder = long.every((axis, index) => index === 0 || long[index - 1] < axis)
      return inOrder ? reshape(x, node.outputs[0].shape) : undefined
    },
    (node, [x]) => {
      if (x.node?.operator.name !== 'transpose') return undefined
      const inner = x.node.attributes as number[]
      return transpose(
        x.node.inputs[0],
        (node.attributes as number[]).map((axis) => inner[axis]),
      )
    },
  ],
  broadcastTo: [
    (node, [x]) =>
      x.node?.operator.name === 'broadcastTo' ? broadcastTo(x.node.inputs[0], node.outputs[0].shape) : undefined,
  ],
  matmul: [annihilated, emptyProduct, transposedOperands],
  concat: [withoutEmptyParts],
}
