/** Joining nodes into operators that executors have fused. Runs last: what it makes is neither differentiated nor rewritten. */
import { affineOperator, isRowProduct, type MatMul, matmulOperator } from './operators/matmul.js'
import { rebuild } from './rebuild.js'
import type { Node, Program, Tensor } from './tensor.js'
import { apply } from './trace.js'

/** x W + b as one node, where the product is used for nothing else. */
export function fuse(program: Program): Program {
  const uses = new Map<Tensor, number>()
  const count = (tensor: Tensor) => uses.set(tensor, (uses.get(tensor) ?? 0) + 1)
  for (const node of program.nodes) node.inputs.forEach(count)
  program.outputs.forEach(count)
  const isProduct = (tensor: Tensor) =>
    tensor.node?.operator === matmulOperator && uses.get(tensor) === 1 && isRowProduct(tensor.node as Node<MatMul>)
  return rebuild(program, (node, inputs) => {
    if (node.operator.name !== 'add') return undefined
    const at = node.inputs.findIndex(isProduct)
    if (at === -1) return undefined
    const product = node.inputs[at].node as Node<MatMul>
    const offset = node.inputs[1 - at]
    if (offset.rank !== 1 || offset.shape[0] !== product.outputs[0].shape.at(-1)) return undefined
    const made = inputs[at].node as Node<MatMul>
    return apply(affineOperator, [...made.inputs, inputs[1 - at]], product.attributes)
  })
}
