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
  for (const node of program.nodes) {
    const results: readonly ReferenceData[] = node.operator.reference(
      node.inputs.map((input) => values.get(input)!),
      node.attributes,
      node.outputs,
    )
    node.outputs.forEach((output, index) => {
      values.set(output, { shape: output.shape, data: results[index] })
    })
  }
  return program.outputs.map((output) => values.get(output)!)
}

function specOf({ shape, dtype }: Tensor) {
  return { shape, dtype }
}
