/** Splitting a program into what depends on given inputs alone, which can be computed once, and the rest. */
import { constant, fingerprint } from './operators/constant.js'
import { nodeKey } from './program-key.js'
import type { Node, Program, Tensor, TensorData } from './tensor.js'
import { instantiate, trace } from './trace.js'

export interface Partition {
  /** From the given inputs to the values that the rest reads, which are its outputs. */
  readonly known: Program
  /** Its inputs are the other inputs that something reads, then the outputs of `known`. */
  readonly rest: Program
}

/**
 * Cuts a simplified program (nested programs stay whole) at the border of what follows from the inputs in `given`. A
 * node that makes more numbers than it reads stays in the rest: keeping its result would cost memory for nothing.
 */
export function partition(program: Program, given: ReadonlySet<Tensor>): Partition {
  const known = new Set<Tensor>(program.inputs.filter((input) => given.has(input)))
  const early: Node[] = []
  const late: Node[] = []
  for (const node of program.nodes) {
    const follows = (input: Tensor) => known.has(input) || input.node?.inputs.length === 0
    const fixed = node.inputs.some((input) => known.has(input)) && node.inputs.every(follows) && !grows(node)
    if (fixed) for (const output of node.outputs) known.add(output)
    if (fixed || node.inputs.length === 0) early.push(node)
    if (!fixed) late.push(node)
  }
  const read = new Set<Tensor>([...late.flatMap(({ inputs }) => inputs), ...program.outputs])
  const border = [...known].filter((tensor) => read.has(tensor))
  const others = program.inputs.filter((input) => !given.has(input) && read.has(input))
  return {
    known: {
      inputs: program.inputs.filter((input) => given.has(input)),
      nodes: early,
      outputs: border,
      named: new Map(),
    },
    rest: { inputs: [...others, ...border], nodes: late, outputs: program.outputs, named: program.named },
  }
}

function grows({ inputs, outputs }: Node): boolean {
  const count = (tensors: readonly Tensor[]) => tensors.reduce((total, { size }) => total + size, 0)
  return count(outputs) > count(inputs)
}

/** A name for each output of a program, shared by two exactly when they compute the same from inputs of the same names. */
export function valueKeys(program: Program, inputNames: readonly string[]): string[] {
  const keys = new Map<Tensor, string>(program.inputs.map((input, index) => [input, inputNames[index]]))
  for (const node of program.nodes) {
    const text = `${nodeKey(node)}(${node.inputs.map((input) => keys.get(input))})`
    const key = fingerprint(new TextEncoder().encode(text))
    node.outputs.forEach((output, index) => {
      keys.set(output, `${key}#${index}`)
    })
  }
  return program.outputs.map((output) => keys.get(output) as string)
}

/** The program of the inputs that `values` does not give. */
export function withConstants(program: Program, values: ReadonlyMap<Tensor, TensorData>): Program {
  const open = program.inputs.filter((input) => !values.has(input))
  return trace(
    (...fed: Tensor[]) => {
      const inputs = program.inputs.map((input) => {
        const value = values.get(input)
        return value ? constant(value.data, value.shape, value.dtype) : fed[open.indexOf(input)]
      })
      return instantiate(program, inputs).outputs
    },
    ...open.map(({ shape, dtype }) => ({ shape, dtype })),
  )
}
