/** Tracing: running a function on symbolic tensors to get a {@link Program}. */
import { expect, type Operator } from './operator.js'
import { Graph, type Program, type Spec, type Tensor } from './tensor.js'
import { flatten, type Mapped, mapTree, unflatten } from './tree.js'

let current: Graph | undefined

/** The graph being traced. */
export function currentGraph(): Graph {
  expect(
    current !== undefined,
    'trace',
    () => 'an operator was called outside of trace(...) – tensors are symbolic, wrap the computation in trace',
  )
  return current
}

/** Runs `body` with `graph` receiving the operators it applies. */
export function within<T>(graph: Graph, body: () => T): T {
  const outer = current
  current = graph
  try {
    return body()
  } finally {
    current = outer
  }
}

/** Applies an operator in the current graph. All operators come through here. */
export function apply<A>(operator: Operator<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
  const graph = currentGraph()
  const adopted = inputs.map((input) => graph.adopt(input))
  return graph.append(operator, adopted, attributes, operator.infer(adopted, attributes))
}

/** A program together with the nesting of its inputs and outputs. */
export interface Traced<Inputs, Outputs> extends Program {
  /** The specs it was traced for, nested as given. */
  readonly inputTree: Inputs
  readonly outputTree: Outputs
  readonly inputPaths: readonly string[]
  readonly outputPaths: readonly string[]
}

/**
 * Traces `fn`, called once with symbolic tensors nested as `specs`.
 *
 * @example
 * const program = trace((x: Tensor) => x.mul(2).sum(), { shape: [3], dtype: 'f32' })
 */
export function trace<S extends readonly unknown[], R>(
  fn: (...inputs: { [K in keyof S]: Mapped<S[K], Spec, Tensor> }) => R,
  ...specs: S
): Traced<S, R> {
  const graph = new Graph()
  const { paths } = flatten<Spec>(specs as never)
  const inputs = mapTree(specs, (spec: Spec) => graph.input(spec)) as never
  const outputTree = within(graph, () => mapTree(fn(...inputs), (output: Tensor) => graph.adopt(output))) as R
  const outputs = flatten<Tensor>(outputTree as never)
  return {
    inputs: graph.inputs,
    nodes: graph.nodes,
    outputs: outputs.leaves,
    named: graph.named,
    inputTree: specs,
    outputTree,
    inputPaths: paths,
    outputPaths: outputs.paths,
  }
}

/** A program traced inside the current one, with the outer values it uses. */
export interface Closure {
  readonly program: Program
  readonly captures: readonly Tensor[]
}

/** Traces `fn` as a nested program; values of enclosing graphs that it uses become its last inputs. */
export function traceNested(fn: (...inputs: Tensor[]) => readonly Tensor[], specs: readonly Spec[]): Closure {
  const parent = currentGraph()
  const graph = new Graph(parent)
  const inputs = specs.map((spec) => graph.input(spec))
  const outputs = within(graph, () => fn(...inputs).map((output) => graph.adopt(output)))
  const captures = [...graph.captures.keys()].map((tensor) => parent.adopt(tensor))
  return { program: { inputs: graph.inputs, nodes: graph.nodes, outputs, named: graph.named }, captures }
}

/** Replays a program's nodes in the current graph; returns the values of `outputs` and of every tensor of the program. */
export function instantiate(
  program: Program,
  inputs: readonly Tensor[],
): { outputs: Tensor[]; values: Map<Tensor, Tensor> } {
  const graph = currentGraph()
  const values = new Map<Tensor, Tensor>()
  program.inputs.forEach((input, index) => {
    values.set(input, graph.adopt(inputs[index]))
  })
  for (const node of program.nodes) {
    const outputs = graph.append(
      node.operator,
      node.inputs.map((input) => values.get(input)!),
      node.attributes,
      node.outputs,
    )
    node.outputs.forEach((output, index) => {
      values.set(output, outputs[index])
    })
  }
  for (const [name, tensor] of program.named) graph.named.set(name, values.get(tensor)!)
  return { outputs: program.outputs.map((output) => values.get(output)!), values }
}

export { unflatten }
