/**
 * The check that every operator passes: ONNX Runtime at one and two threads against the float64 reference, and the
 * reference's gradients against central differences, to second order. Adding an operator's case is one object in the
 * table of a `*.cases.ts` file beside this one.
 */
import { vjp } from '#seqlab/engine/gradient.js'
import { zeros } from '#seqlab/engine/operators/shape.js'
import { runReference } from '#seqlab/engine/reference.js'
import { describe, type Program, type Spec, sameShape, type Tensor, type TensorData } from '#seqlab/engine/tensor.js'
import { trace } from '#seqlab/engine/trace.js'
import { compareDifferences } from './differences.js'
import { type Random, seeded } from './random.js'
import { runOnnx } from './runtime.js'

export interface OperatorCase {
  /** Starts with the exported function it is about: `matmul of 3D and 2D, transposed`. */
  readonly name: string
  readonly inputs: (random: Random) => TensorData[]
  readonly fn: (...tensors: Tensor[]) => Tensor | readonly Tensor[]
  /** Whether gradients are checked, or for which inputs; by default for every f32 input. */
  readonly differentiable?: boolean | readonly number[]
  /** Whether second derivatives are checked; by default they are. */
  readonly second?: boolean
  /** Why central differences do not apply here (a kink or a tie); gradients are then compared between executors only. */
  readonly kinks?: string
  /** The outputs as known otherwise: by hand, or by loops of the test's own. */
  readonly expected?: (...inputs: TensorData[]) => readonly ArrayLike<number>[]
  /** The gradients of the sum of all outputs, one per differentiable input, as known otherwise. */
  readonly expectedGradients?: readonly ArrayLike<number>[]
  /** Runs per thread count: races between threads do not show every time. */
  readonly repeats?: number
}

const tolerance = { value: 1e-5, gradient: 1e-4, difference: 1e-6, expected: 1e-12 }
const floor = 1e-7

/** Everything found wrong with a case, a line each. */
export async function checkOperator(operatorCase: OperatorCase): Promise<string[]> {
  const { name, fn, kinks, second = true } = operatorCase
  const random = seeded(name)
  const data = operatorCase.inputs(random)
  const complaints: string[] = []
  const outputsOf = (inputs: Tensor[]) => [fn(...inputs)].flat() as Tensor[]

  const value = trace((x: Tensor[]) => outputsOf(x), data.map(specOf))
  const results = runReference(value, data)
  const real = [...results.keys()].filter((index) => results[index].dtype === 'f32')
  const sources = real.length > 0 ? differentiableInputs(operatorCase, data) : []
  const cotangents = real.map((index) => random.normal(results[index].shape))
  const directions = sources.map((index) => random.normal(data[index].shape))

  const pull = (outputs: Tensor[], weights: Tensor[], inputs: Tensor[]) =>
    vjp(outputs, weights, inputs).map((gradient, index) => gradient ?? zeros(inputs[index].shape))
  const gradientsOf = (x: Tensor[], r: Tensor[]) => {
    const outputs = outputsOf(x)
    return pull(
      real.map((index) => outputs[index]),
      r,
      sources.map((index) => x[index]),
    )
  }
  const first = trace(gradientsOf, data.map(specOf), cotangents.map(specOf))
  // The cotangents count as inputs too: gradients are linear in them, and real second derivatives flow through both.
  const whole = trace(
    (x: Tensor[], r: Tensor[], s: Tensor[]) => {
      const outputs = outputsOf(x)
      const gradients = pull(
        real.map((index) => outputs[index]),
        r,
        sources.map((index) => x[index]),
      )
      return [outputs, gradients, second ? pull(gradients, s, [...sources.map((index) => x[index]), ...r]) : []]
    },
    data.map(specOf),
    cotangents.map(specOf),
    directions.map(specOf),
  )
  const fed = [...data, ...cotangents, ...directions]
  const reference = runReference(whole, fed)
  const labels = [
    ...results.map((_, index) => `value ${index}`),
    ...sources.map((index) => `gradient of input ${index}`),
    ...sources.map((index) => `second derivative by input ${index}`),
    ...real.map((index) => `second derivative by cotangent ${index}`),
  ].slice(0, reference.length)

  reference.forEach((result, index) => {
    if (index < results.length && operatorCase.expected) return
    if (result.data.some(Number.isNaN)) complaints.push(`${labels[index]}: the reference holds NaN`)
  })
  operatorCase.expected?.(...data).forEach((expected, index) => {
    complain(
      complaints,
      `value ${index}, reference against expected`,
      results[index].data,
      expected,
      tolerance.expected,
    )
  })
  if (operatorCase.expectedGradients) {
    const ones = real.map((index) => results[index].data.map(() => 1) as Float64Array)
    const gradients = run(first, [...data.map(doubles), ...ones])
    operatorCase.expectedGradients.forEach((expected, index) => {
      complain(
        complaints,
        `gradient of input ${sources[index]}, reference against expected`,
        gradients[index].data,
        expected,
        tolerance.expected,
      )
    })
  }

  for (const threads of [1, 2]) {
    for (const outputs of await runOnnx(whole, fed, threads, operatorCase.repeats)) {
      outputs.forEach((output, index) => {
        const label = `${labels[index]}, ONNX Runtime at ${threads} threads against the reference`
        const exact = output.dtype !== 'f32'
        if (!sameShape(output.shape, reference[index].shape))
          complaints.push(`${label}: ${describe(output)}, not ${describe(reference[index])}`)
        const relative = exact ? 0 : index < results.length ? tolerance.value : tolerance.gradient
        complain(complaints, label, output.data, reference[index].data, relative, exact ? 0 : floor)
      })
    }
  }

  if (!kinks) {
    const gradients = reference.slice(results.length, results.length + sources.length)
    const seconds = reference.slice(results.length + sources.length)
    const at = data.map(doubles)
    const weights = cotangents.map(doubles)
    const project = (
      program: Program,
      inputs: readonly Float64Array[],
      along: readonly TensorData[],
      which: readonly number[],
    ) => {
      const outputs = run(program, inputs)
      return along.reduce((total, { data }, index) => total + dot(data, outputs[which[index]].data), 0)
    }
    const bySource = (list: readonly TensorData[]) =>
      data.map((_, index) => list[sources.indexOf(index)]?.data as Float64Array | undefined)
    const valueOf = (x: readonly Float64Array[]) => project(value, x, cotangents, real)
    const slopeOf = (x: readonly Float64Array[]) => project(first, x, directions, [...sources.keys()])
    const differ = (
      order: string,
      f: typeof valueOf,
      inputs: Float64Array[],
      analytic: (Float64Array | undefined)[],
    ) => {
      for (const { input, where, analytic: exact, numeric, limit } of compareDifferences(
        f,
        inputs,
        analytic,
        tolerance.difference,
        random.next,
      )) {
        complaints.push(
          `${order} by ${input < data.length ? `input ${input}` : `cotangent ${input - data.length}`}, ${where}: ${exact}, by central differences ${numeric} (limit ${limit.toExponential(1)})`,
        )
      }
    }
    differ('gradient', valueOf, at, bySource(gradients))
    if (second) {
      const byCotangent = seconds.slice(sources.length).map((result) => result.data as Float64Array)
      differ('second derivative', slopeOf, [...at, ...weights], [...bySource(seconds), ...byCotangent])
    }
  }
  return complaints
}

function differentiableInputs({ differentiable = true }: OperatorCase, data: readonly TensorData[]): readonly number[] {
  if (typeof differentiable !== 'boolean') return differentiable
  return differentiable ? [...data.keys()].filter((index) => data[index].dtype === 'f32') : []
}

function run(program: Program, inputs: readonly (Float64Array | Int32Array | Uint8Array)[]): TensorData[] {
  return runReference(
    program,
    inputs.map((data, index) => ({ ...specOf(program.inputs[index]), data })),
  )
}

function specOf({ shape, dtype }: Spec): Spec {
  return { shape, dtype }
}
/** f32 data in double precision; integers and booleans pass unchanged and are never moved. */
function doubles({ data }: TensorData): Float64Array {
  return (data instanceof Float32Array ? Float64Array.from(data) : data) as Float64Array
}
function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0
  for (let i = 0; i < a.length; i++) total += a[i] * b[i]
  return total
}

/** Adds a line where two lists differ by more than `relative` times the largest finite magnitude of `expected`. */
function complain(
  complaints: string[],
  label: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  relative: number,
  least = 0,
): void {
  if (got.length !== expected.length) {
    complaints.push(`${label}: ${got.length} numbers, not ${expected.length}`)
    return
  }
  const finite = Array.from(expected).filter(Number.isFinite)
  const limit = Math.max(relative * finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0), least)
  let worst = -1
  let error = limit
  for (let i = 0; i < got.length; i++) {
    if (Object.is(got[i], expected[i]) || got[i] === expected[i]) continue
    const distance = Math.abs(got[i] - expected[i])
    if (distance <= error) continue
    worst = i
    error = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance
  }
  if (worst >= 0)
    complaints.push(
      `${label}: element ${worst} is ${got[worst]}, not ${expected[worst]} (limit ${limit.toExponential(1)})`,
    )
}
