/** How exact a result can be: what rounding of the inputs alone does to it. */
import type { TensorData } from '../../engine/index.js'
import { gaussian, parameterStream } from '../../nn/initializers.js'
import { limits } from './finding.js'
import { outputError, stateErrors } from './outcome.js'
import { type Outcome, type Runner, type RunOptions, whole } from './runner.js'
import type { Sequence } from './sequence.js'
import type { Values } from './subject.js'

/** A relative change of all inputs that is small, and well above float64's rounding. */
const perturbation = 1e-7
const epsilon = { float64: 2 ** -53, f32: 2 ** -24 }
/** Roundings on the way from inputs to a result, as multiples of one. */
const slack = 16

/**
 * The limits for results of a sequence: the usual ones, or where rounding all inputs to a type changes the result by
 * more – the norm of a vector that nearly vanishes – a multiple of that change.
 */
export async function roundingLimits(exact: Runner, sequence: Sequence, expected: Outcome, options: RunOptions = {}) {
  const moved = {
    ...sequence,
    x: jittered(sequence.x),
    projected: sequence.projected && jitteredAll(sequence.projected),
  }
  const parameters = jitteredAll(options.parameters ?? exact.values)
  const result = await exact.run(moved, whole('parallel', sequence.length), { ...options, parameters })
  const changes = stateErrors(exact.subject, result, expected).map(({ error }) => error)
  const condition = Math.max(outputError(sequence, result, expected), ...changes) / perturbation
  return {
    f32: Math.max(limits.f32, slack * condition * epsilon.f32),
    float64: Math.max(limits.float64, slack * condition * epsilon.float64),
  }
}

/** Inputs of another function of the same kind, as far from these as rounding to f32 might put them, enlarged to be seen. */
export const movedInputs = (inputs: Values): Values =>
  Object.fromEntries(
    Object.entries(inputs).map(([path, value]) => [
      path,
      value.dtype === 'f32' ? { ...value, data: jittered(value.data) } : value,
    ]),
  )

/**
 * The limit for a gradient in f32 when {@link movedInputs} change it by `change`, relative to its largest value: the
 * usual one, or where it hangs on a norm that nearly vanishes, a multiple of what rounding alone does.
 */
export const gradientLimit = (change: number): number =>
  Math.max(limits.f32Gradient, (slack * change * epsilon.f32) / perturbation)

function jittered(data: TensorData['data']): Float64Array {
  const noise = gaussian(1)([data.length], parameterStream(4, 'rounding'))
  return Float64Array.from(data, (value, index) => value * (1 + perturbation * noise[index]))
}

function jitteredAll(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([path, value]) => [path, { ...value, data: jittered(value.data) }]),
  )
}
