/** Verifying an operator: its outputs and gradients in f32 against values that other software computed. */
import { type Executor, flatten, gradients, mul, sum, type Tensor, type TensorData, trace } from '../../engine/index.js'
import { UserError } from '../../platform/errors.js'
import { headsFirst } from './layout.js'
import { type VerifiableOperator, verifiableOperators } from './operators.js'
import { type ReferenceCase, readReferenceCase } from './reference-file.js'

export interface OperatorVerdict {
  readonly operator: string
  /** Largest difference of the output, relative to the reference's largest magnitude; infinite where one is not finite. */
  readonly maxError: number
  /** The same for the gradients of sum(out · cotangent), each relative to its own reference; the worst of them. */
  readonly maxGradientError: number
  readonly pass: boolean
}

/** The reference itself is f32, so values agree less closely than two forms of one mechanism do. */
export const operatorLimits = { value: 2e-5, gradient: 1e-4 } as const

/** Magnitudes below this count as zero. */
const floor = 1e-7

/**
 * Runs the operator that a reference file is named after, or `operator`, on the file's inputs, and compares.
 *
 * @throws UserError for an unknown operator, and for a file that cannot be read or does not fit the operator
 */
export async function verifyOperator(
  executor: Executor,
  path: string,
  { operator: name }: { operator?: string } = {},
): Promise<OperatorVerdict> {
  const operator = findOperator(name ?? baseName(path), name === undefined ? path : undefined)
  const reference = await readReferenceCase(path, operator)
  const computed = await run(executor, operator, reference)
  const maxError = relativeError(computed.out, reference.out)
  const errors = Object.entries(reference.gradients).map(([key, want]) => relativeError(computed.gradients[key], want))
  const maxGradientError = Math.max(...errors)
  const pass = maxError <= operatorLimits.value && maxGradientError <= operatorLimits.gradient
  return { operator: operator.name, maxError, maxGradientError, pass }
}

function findOperator(name: string, path: string | undefined): VerifiableOperator {
  const found = verifiableOperators.find((entry) => entry.name === name)
  if (found) return found
  const known = verifiableOperators.map((entry) => entry.name).join(', ')
  const called = `no operator is called ${JSON.stringify(name)}`
  throw new UserError(
    path === undefined
      ? `--operator: ${called} – use one of ${known}`
      : `${path}: ${called}, as the file is – name one with --operator: ${known}`,
  )
}

/** `gla` of `folder/gla.safetensors`. */
function baseName(path: string): string {
  return path
    .split(/[\\/]/)
    .at(-1)!
    .replace(/\.safetensors$/, '')
}

async function run(executor: Executor, operator: VerifiableOperator, reference: ReferenceCase) {
  const { layout, constants, inputs, cotangent } = reference
  const program = trace(
    (given: { inputs: Record<string, Tensor>; cotangent: Tensor }) => {
      const ordered = Object.entries(given.inputs).map(([key, x]) => [key, headsFirst(x, operator.inputs[key], layout)])
      const out = headsFirst(operator.compute(Object.fromEntries(ordered), constants), operator.output, layout)
      return { out, gradients: gradients(sum(mul(out, given.cotangent)), given.inputs) }
    },
    { inputs, cotangent },
  )
  const executable = await executor.compile(program)
  const [out, ...found] = await executable.run(flatten<TensorData>({ inputs, cotangent }).leaves)
  return { out, gradients: Object.fromEntries(Object.keys(inputs).map((key, index) => [key, found[index]])) }
}

function relativeError(got: TensorData, want: TensorData): number {
  let difference = 0
  let magnitude = floor
  for (let i = 0; i < want.data.length; i++) {
    const error = Math.abs(got.data[i] - want.data[i])
    if (Number.isNaN(error)) return Number.POSITIVE_INFINITY
    difference = Math.max(difference, error)
    magnitude = Math.max(magnitude, Math.abs(want.data[i]))
  }
  return difference / magnitude
}
