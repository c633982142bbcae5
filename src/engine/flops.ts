/**
 * The floating-point operations of a program: two per multiply-add of matrix products, as each operator declares them.
 * Elementwise work, reductions and linear recurrences are not counted. Masked products count whole.
 */
import { type Cond, condOperator } from './operators/cond.js'
import {
  afterOperator,
  type Checkpoint,
  type CustomGradient,
  checkpointOperator,
  customOperator,
} from './operators/control.js'
import { type Scan, scanOperator } from './operators/scan.js'
import { type While, whileOperator } from './operators/while.js'
import type { Node, Program, Tensor } from './tensor.js'

/**
 * Counts every node once that an output depends on; the body of a scan once per step, that of a bounded while as often
 * as it may run at most, and of two branches the costlier one. What a checkpoint computes again for the backward pass is
 * left out: recomputing costs time, but does not change the algorithm. (With it goes what a custom gradient inside a
 * checkpoint computes ahead and saves.)
 */
export function countFlops(program: Program): number {
  return demanded(program, program.outputs).flops
}

interface Demand {
  readonly flops: number
  /** The values that have to be known. */
  readonly read: ReadonlySet<Tensor>
}

function demanded(program: Program, outputs: readonly Tensor[]): Demand {
  const again = recomputed(program)
  const read = new Set<Tensor>(outputs)
  let flops = 0
  for (const node of [...program.nodes].reverse()) {
    if (!node.outputs.some((output) => read.has(output))) continue
    const own = cost(node, read)
    if (!again.has(node)) flops += own.flops
    for (const input of own.reads) read.add(input)
  }
  return { flops, read }
}

/** The operations of one node, given which of its outputs are read, and the inputs it needs for that. */
function cost(node: Node, read: ReadonlySet<Tensor>): { flops: number; reads: readonly Tensor[] } {
  const { operator, inputs, outputs, attributes } = node
  const isRead = (index: number) => read.has(outputs[index])
  if (operator === customOperator) {
    // The outputs were computed before; what was saved for the gradient is not needed for them.
    const first = (attributes as CustomGradient).inputs
    return { flops: 0, reads: outputs.flatMap((_, index) => (isRead(index) ? [inputs[first + index]] : [])) }
  }
  if (operator === checkpointOperator) {
    const { body } = attributes as Checkpoint
    const inner = demanded(
      body,
      body.outputs.filter((_, index) => isRead(index)),
    )
    return { flops: inner.flops, reads: inputs.filter((_, index) => inner.read.has(body.inputs[index])) }
  }
  if (operator === scanOperator) {
    const { body, carried, length } = attributes as Scan
    const wanted = body.outputs.filter((_, index) => index < carried || isRead(index))
    return { flops: length * demanded(body, wanted).flops, reads: inputs }
  }
  if (operator === condOperator) {
    const { branches } = attributes as Cond
    const costs = branches.map(
      ({ program }) =>
        demanded(
          program,
          program.outputs.filter((_, index) => isRead(index)),
        ).flops,
    )
    return { flops: Math.max(...costs), reads: inputs }
  }
  if (operator === whileOperator) {
    const { body, limit } = attributes as While
    return { flops: limit * countFlops(body), reads: inputs }
  }
  return { flops: operator.flops?.(inputs, attributes, outputs) ?? 0, reads: inputs }
}

/**
 * Nodes that see nothing but what a checkpoint handed on anew, and constants made since: no cotangent flows in them.
 */
function recomputed({ nodes }: Program): ReadonlySet<Node> {
  const first = nodes.findIndex(({ operator }) => operator === afterOperator)
  const found = new Set<Node>()
  const again = new Set<Tensor>()
  const fixed = new Set<Tensor>()
  for (const node of first === -1 ? [] : nodes.slice(first)) {
    const isAfter = node.operator === afterOperator
    const isFixed = node.inputs.every((input) => fixed.has(input))
    const isAgain = !isFixed && node.inputs.every((input) => again.has(input) || fixed.has(input))
    if (isAgain && !isAfter) found.add(node)
    for (const output of node.outputs) {
      if (isAgain || isAfter) again.add(output)
      else if (isFixed) fixed.add(output)
    }
  }
  return found
}
