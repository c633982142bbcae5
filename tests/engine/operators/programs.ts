/** The programs behind a case: its values, their gradients, and all of it with second derivatives. */
import { vjp } from '#seqlab/engine/gradient.js'
import { zeros } from '#seqlab/engine/operators/shape.js'
import { runReference } from '#seqlab/engine/reference.js'
import type { Program, Spec, Tensor, TensorData } from '#seqlab/engine/tensor.js'
import { trace } from '#seqlab/engine/trace.js'
import type { OperatorCase } from './harness.js'
import type { Random } from './random.js'

export interface CasePrograms {
  /** Inputs: x. */
  readonly values: Program
  /** Inputs: x, cotangents. Outputs: the gradients of Σ cotangent · output. */
  readonly gradients: Program
  /** Inputs: x, cotangents, directions. Outputs: values, gradients, then the gradients of Σ direction · gradient. */
  readonly whole: Program
  /** Which outputs are f32, and which inputs are differentiated. */
  readonly real: readonly number[]
  readonly sources: readonly number[]
  readonly data: readonly TensorData[]
  readonly cotangents: readonly TensorData[]
  readonly directions: readonly TensorData[]
}

export function programsOf(
  { fn, inputs, differentiable = true, second = true }: OperatorCase,
  random: Random,
): CasePrograms {
  const data = inputs(random)
  const specs = data.map(specOf)
  const outputsOf = (x: Tensor[]) => [fn(...x)].flat() as Tensor[]
  const values = trace((x: Tensor[]) => outputsOf(x), specs)
  const real = [...values.outputs.keys()].filter((index) => values.outputs[index].dtype === 'f32')
  const wanted =
    differentiable === true ? [...data.keys()].filter((index) => data[index].dtype === 'f32') : differentiable || []
  const sources = real.length > 0 ? wanted : []
  const cotangents = real.map((index) => random.normal(values.outputs[index].shape))
  const directions = sources.map((index) => random.normal(data[index].shape))

  const pull = (outputs: readonly Tensor[], weights: readonly Tensor[], into: readonly Tensor[]) =>
    vjp(outputs, weights, into).map((gradient, index) => gradient ?? zeros(into[index].shape))
  const derive = (x: Tensor[], r: Tensor[]) => {
    const outputs = outputsOf(x)
    const chosen = sources.map((index) => x[index])
    return {
      outputs,
      chosen,
      gradients: pull(
        real.map((index) => outputs[index]),
        r,
        chosen,
      ),
    }
  }
  const gradients = trace((x: Tensor[], r: Tensor[]) => derive(x, r).gradients, specs, cotangents.map(specOf))
  const whole = trace(
    (x: Tensor[], r: Tensor[], s: Tensor[]) => {
      const { outputs, chosen, gradients } = derive(x, r)
      // The cotangents count as inputs too: gradients are linear in them, and real second derivatives flow through both.
      return [outputs, gradients, second ? pull(gradients, s, [...chosen, ...r]) : []]
    },
    specs,
    cotangents.map(specOf),
    directions.map(specOf),
  )
  return { values, gradients, whole, real, sources, data, cotangents, directions }
}

export type Numbers = Float64Array | Int32Array | Uint8Array

/** The reference on bare numbers, f32 inputs in double precision. */
export function evaluate(program: Program, inputs: readonly Numbers[]): Numbers[] {
  const data = inputs.map((numbers, index) => ({ ...specOf(program.inputs[index]), data: numbers }))
  return runReference(program, data).map((output) => output.data as Numbers)
}

/** f32 numbers in double precision; integers and booleans as they are. */
export function doubles({ data }: TensorData): Numbers {
  return data instanceof Float32Array ? Float64Array.from(data) : data
}

function specOf({ shape, dtype }: Spec): Spec {
  return { shape, dtype }
}
