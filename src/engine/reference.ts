/** The float64 reference executor: interprets a program node by node with obvious loops. Slow, and trusted. */
import { expect, type ReferenceArray, type ReferenceData } from './operator.js'
import { describe, type Program, type Tensor, type TensorData } from './tensor.js'

/** Runs a program on plain data; f32 values are computed in double precision throughout. */
export function runReference(program: Program, inputs: readonly TensorData[]): TensorData[] {
  const [needed, given] = [program.inputs.map(describe), inputs.map(describe)]
  expect(
    String(needed) === String(given),
    'runReference',
    () => `needs the inputs ${needed.join(', ')}, got ${given.join(', ')}`,
  )
  const arrays = inputs.map(({ data, shape }) => ({
    shape,
    data: data instanceof Float32Array ? Float64Array.from(data) : data,
  }))
  return evaluate(program, arrays).map(({ data }, index) => ({ ...specOf(program.outputs[index]), data }))
}

/** The same on reference arrays; operators with nested programs call it. */
export function evaluate(program: Program, inputs: readonly ReferenceArray[]): ReferenceArray[] {
  const values = new Map<Tensor, ReferenceArray>()
  program.inputs.forEach((input, index) => {
    values.set(input, inputs[index])
  })
  const spent = lastUses(program)
  for (const [at, node] of program.nodes.entries()) {
    const results: readonly ReferenceData[] = node.operator.reference(
      node.inputs.map((input) => values.get(input)!),
      node.attributes,
      node.outputs,
    )
    node.outputs.forEach((output, index) => {
      values.set(output, { shape: output.shape, data: results[index] })
    })
    for (const input of spent[at]) values.delete(input)
  }
  return program.outputs.map((output) => values.get(output)!)
}

const uses = new WeakMap<Program, Tensor[][]>()

/** For each node, the values that nothing after it needs: kept any longer, they would be most of the memory. */
function lastUses(program: Program): Tensor[][] {
  const known = uses.get(program)
  if (known) return known
  const last = new Map<Tensor, number>()
  for (const [at, { inputs }] of program.nodes.entries()) for (const input of inputs) last.set(input, at)
  for (const output of program.outputs) last.delete(output)
  const spent = program.nodes.map((): Tensor[] => [])
  for (const [value, at] of last) spent[at].push(value)
  uses.set(program, spent)
  return spent
}

function specOf({ shape, dtype }: Tensor) {
  return { shape, dtype }
}
