/**
 * The check that every operator passes: ONNX Runtime at one and two threads against the float64 reference, and the
 * reference's gradients against central differences, to second order. Adding an operator's case is one object in the
 * table of a `*.cases.ts` file beside this one.
 */
import { simplify } from '#seqlab/engine/simplify.js'
import { describe, type Program, sameShape, type Tensor, type TensorData } from '#seqlab/engine/tensor.js'
import { disagreement } from './compare.js'
import { compareDifferences } from './differences.js'
import { type CasePrograms, doubles, evaluate, type Numbers, programsOf } from './programs.js'
import { type Random, seeded } from './random.js'
import { runOnnx } from './runtime.js'

export interface OperatorCase {
  /** Starts with the exported function it is about: `matmul: 3D by 2D, transposed`. */
  readonly name: string
  readonly inputs: (random: Random) => TensorData[]
  readonly fn: (...tensors: Tensor[]) => Tensor | readonly Tensor[]
  /** Whether gradients are checked, or for which inputs; by default for every f32 input. */
  readonly differentiable?: boolean | readonly number[]
  /** Whether second derivatives are checked; by default they are. */
  readonly second?: boolean
  /** Why central differences do not apply here (a kink, a tie, infinities); gradients are then compared between executors only. */
  readonly kinks?: string
  /** The outputs as known otherwise: by hand, or by loops of the test's own. */
  readonly expected?: (...inputs: TensorData[]) => readonly ArrayLike<number>[]
  /** The gradients of the sum of all outputs, one per differentiable input, as known otherwise. */
  readonly expectedGradients?: readonly ArrayLike<number>[]
  /** Runs per thread count: races between threads do not show every time. */
  readonly repeats?: number
}

const tolerance = {
  values: { relative: 1e-5, floor: 1e-7 },
  gradients: { relative: 1e-4, floor: 1e-7 },
  integers: { relative: 0, floor: 0 },
  /** Between two ways of computing the same in double precision. */
  doubles: { relative: 1e-11, floor: 1e-13 },
}
const differenceTolerance = 1e-6
/** Larger cases are there for the threads; their derivatives are compared between executors only. */
const largestDiffered = 4096

/** Everything found wrong with a case, a line each. */
export async function checkOperator(each: OperatorCase): Promise<string[]> {
  const random = seeded(each.name)
  const programs = programsOf(each, random)
  const { data, cotangents, directions, whole, values, real, sources } = programs
  const fed = [...data, ...cotangents, ...directions]
  const reference = evaluate(whole, fed.map(doubles))
  const count = values.outputs.length
  const labels = [
    ...values.outputs.map((_, index) => `value ${index}`),
    ...sources.map((index) => `gradient of input ${index}`),
    ...sources.map((index) => `second derivative by input ${index}`),
    ...real.map((index) => `second derivative by cotangent ${index}`),
  ]
  const complaints: string[] = []
  const complain = (label: string, problem: string | undefined) => {
    if (problem) complaints.push(`${label}: ${problem}`)
  }

  reference.forEach((numbers, index) => {
    const known = index < count && each.expected !== undefined
    if (!known && numbers.some(Number.isNaN)) complain(labels[index], 'the reference holds NaN')
  })
  each.expected?.(...data).forEach((expected, index) => {
    complain(`${labels[index]} of the reference`, disagreement(reference[index], expected, tolerance.doubles))
  })
  each.expectedGradients?.forEach((expected, index) => {
    complain(
      `gradient ${index} of the reference`,
      disagreement(plainGradients(programs)[index], expected, tolerance.doubles),
    )
  })

  const simplified = simplify(whole)
  evaluate(simplified, fed.map(doubles)).forEach((numbers, index) => {
    complain(`${labels[index]} of the simplified program`, disagreement(numbers, reference[index], tolerance.doubles))
  })
  const forms = { simplified, ...(hasCheckpoint(whole) ? {} : { 'as traced': whole }) }
  for (const [form, program] of Object.entries(forms)) {
    for (const threads of [1, 2]) {
      for (const outputs of await runOnnx(program, fed, threads, each.repeats)) {
        outputs.forEach((output, index) => {
          const label = `${labels[index]} on ONNX Runtime, ${form}, ${threads} threads`
          const allowed =
            output.dtype !== 'f32' ? tolerance.integers : index < count ? tolerance.values : tolerance.gradients
          if (!sameShape(output.shape, whole.outputs[index].shape))
            complain(label, `${describe(output)}, not ${describe(whole.outputs[index])}`)
          complain(label, disagreement(output.data, reference[index], allowed))
        })
      }
    }
  }
  const size = fed.reduce((total, { data }) => total + data.length, 0)
  if (!each.kinks && size <= largestDiffered) complaints.push(...differenceComplaints(programs, reference, random))
  return complaints
}

/** Checkpoints are inlined by simplification: programs with one cannot be lowered as traced. */
function hasCheckpoint({ nodes }: Program): boolean {
  return nodes.some(({ operator, attributes }) => {
    const body = (attributes as { body?: Program } | null)?.body
    return operator.name === 'checkpoint' || (body !== undefined && hasCheckpoint(body))
  })
}

/** The gradients of the plain sum of all outputs. */
function plainGradients({ gradients, values, real, data }: CasePrograms): Numbers[] {
  const ones = real.map((index) => new Float64Array(values.outputs[index].size).fill(1))
  return evaluate(gradients, [...data.map(doubles), ...ones])
}

/** First and second derivatives of the reference against central differences of its values and gradients. */
function differenceComplaints(
  { values, gradients, real, sources, data, cotangents, directions }: CasePrograms,
  reference: readonly Numbers[],
  random: Random,
): string[] {
  const count = values.outputs.length
  const [x, r, s] = [data, cotangents, directions].map((list) => list.map(doubles) as Float64Array[])
  const projected = (outputs: readonly ArrayLike<number>[], along: readonly Float64Array[]) =>
    along.reduce(
      (total, weights, index) => total + weights.reduce((sum, weight, i) => sum + weight * outputs[index][i], 0),
      0,
    )
  const value = (at: readonly Float64Array[]) => {
    const outputs = evaluate(values, at)
    return projected(
      real.map((index) => outputs[index]),
      r,
    )
  }
  const slope = (at: readonly Float64Array[]) => projected(evaluate(gradients, at), s)
  const bySource = (list: readonly Numbers[]) =>
    data.map((_, index) => list[sources.indexOf(index)] as Float64Array | undefined)
  const first = reference.slice(count, count + sources.length)
  const second = reference.slice(count + sources.length)
  const found = [
    ...compareDifferences(value, x, bySource(first), differenceTolerance, random.next).map((each) => ({
      ...each,
      order: 'gradient',
    })),
    ...(second.length === 0
      ? []
      : compareDifferences(
          slope,
          [...x, ...r],
          [...bySource(second), ...(second.slice(sources.length) as Float64Array[])],
          differenceTolerance,
          random.next,
        )
    ).map((each) => ({ ...each, order: 'second derivative' })),
  ]
  return found.map(({ order, input, where, analytic, numeric, limit }) => {
    const by = input < data.length ? `input ${input}` : `cotangent ${input - data.length}`
    return `${order} by ${by}, ${where}: ${analytic}, by central differences ${numeric} (limit ${limit.toExponential(1)})`
  })
}
