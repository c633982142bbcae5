/** Computing something once: in f32 by the lab's executor, or in float64 by the reference. */
import { runReference, type Spec, type Tensor, type TensorData, trace } from '../../engine/index.js'
import type { Lab } from '../demonstration.js'

type Inputs = Readonly<Record<string, TensorData>>
type Outputs<I> = (inputs: { readonly [K in keyof I]: Tensor }) => Readonly<Record<string, Tensor>>

const traced = <I extends Inputs>(inputs: I, fn: Outputs<I>) => {
  const specs = Object.fromEntries(Object.entries(inputs).map(([name, { shape, dtype }]) => [name, { shape, dtype }]))
  let tree: Readonly<Record<string, Tensor>> = {}
  const program = trace(
    (given: Record<string, Tensor>) => {
      tree = fn(given as never)
      return Object.values(tree)
    },
    specs as Record<string, Spec>,
  )
  return { program, names: Object.keys(tree) }
}

/** fn compiled for inputs of these shapes, in f32, for more than one run. */
export async function compiled<I extends Inputs>(lab: Lab, like: I, fn: Outputs<I>) {
  const { program, names } = traced(like, fn)
  const executable = await lab.executor.compile(program)
  return async (inputs: I): Promise<Record<string, TensorData>> => {
    const results = await executable.run(Object.values(inputs))
    return Object.fromEntries(names.map((name, index) => [name, results[index]]))
  }
}

/** fn of the inputs in f32, once. */
export async function compute<I extends Inputs>(
  lab: Lab,
  inputs: I,
  fn: Outputs<I>,
): Promise<Record<string, TensorData>> {
  return (await compiled(lab, inputs, fn))(inputs)
}

/** fn of the inputs in float64: slow, exact. */
export function computeExactly<I extends Inputs>(inputs: I, fn: Outputs<I>): Record<string, TensorData> {
  const { program, names } = traced(inputs, fn)
  const results = runReference(program, Object.values(inputs))
  return Object.fromEntries(names.map((name, index) => [name, results[index]]))
}

/** Largest difference of two tensors over the largest magnitude of the second. */
export function largestError(actual: TensorData, expected: TensorData): number {
  let difference = 0
  let magnitude = 0
  for (let i = 0; i < expected.data.length; i++) {
    difference = Math.max(difference, Math.abs(actual.data[i] - expected.data[i]))
    magnitude = Math.max(magnitude, Math.abs(expected.data[i]))
  }
  return difference / Math.max(magnitude, 1e-12)
}
