/** Copying a program node by node. */
import { Graph, type Node, type Program, type Tensor } from './tensor.js'
import { within } from './trace.js'

/** Other values for a node's outputs, where it is not simply copied. */
export type Visit = (node: Node, inputs: readonly Tensor[]) => readonly Tensor[] | undefined

/** Copies a program node by node; `visit` may give other values for a node's outputs. */
export function rebuild(program: Program, visit: Visit): Program {
  const graph = new Graph()
  const values = new Map<Tensor, Tensor>(program.inputs.map((input) => [input, graph.input(input)]))
  within(graph, () => {
    for (const node of program.nodes) {
      const inputs = node.inputs.map((input) => values.get(input)!)
      const outputs = visit(node, inputs) ?? graph.append(node.operator, inputs, node.attributes, node.outputs)
      node.outputs.forEach((output, index) => {
        values.set(output, outputs[index])
      })
    }
  })
  // Names given inside an inlined body are registered while it is instantiated; the program's own come after.
  const named = new Map(graph.named)
  for (const [label, tensor] of program.named) named.set(label, values.get(tensor)!)
  return {
    inputs: graph.inputs,
    nodes: graph.nodes,
    outputs: program.outputs.map((output) => values.get(output)!),
    named,
  }
}
