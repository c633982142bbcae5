/** The criteria of a whole network: derivatives, roundings, rows, extremes and parameters. */
import type { Executor } from '../../engine/index.js'
import type { Network } from '../../models/index.js'
import { parameterStream } from '../../nn/initializers.js'
import { listParameters } from '../../nn/parameter.js'
import { gradientLimit, movedInputs } from './condition.js'
import { differenceError, everyElement, oneElement } from './differences.js'
import { type Finding, finiteError, limits, magnitude, relativeError, tensorError, unbounded } from './finding.js'
import { type NetworkRunner, type NetworkTrial, networkRunner, networkValues, rows } from './network-trial.js'
import { referenceExecutor } from './reference.js'
import type { Values } from './subject.js'
import { optionsOf } from './variants.js'

/** A gradient that is 0 by symmetry comes out as rounding errors of the others: this share of the largest is the least. */
const smallestShare = 0.01

/** Everything that is found of a network in all of its small configurations. */
export async function networkFindings(network: Network, executor: Executor): Promise<Finding[]> {
  const trials = optionsOf(network.config, (own, label): NetworkTrial => {
    const config = network.config.parse(own)
    network.validate?.(config)
    return { network, config, label }
  })
  const found: Finding[] = []
  for (const trial of trials) {
    const values = networkValues(trial, 1)
    const exact = networkRunner(trial, values, referenceExecutor())
    const fast = networkRunner(trial, values, executor)
    try {
      for await (const finding of examine(trial, values, exact, fast)) found.push(finding)
    } catch (error) {
      const where = place(trial, error instanceof Error ? error.message : String(error))
      found.push({ check: 'runs without an error', where, error: unbounded, limit: limits.exact })
    }
  }
  return found
}

async function* examine(trial: NetworkTrial, values: Values, exact: NetworkRunner, fast: NetworkRunner) {
  yield* parametersRight(trial)
  yield* rounding(trial, values, exact, fast)
  yield* differences(trial, values, exact)
  for (const runner of [exact, fast]) yield* rowsIndependent(trial, values, runner)
  yield* drawsRight(trial, values, fast)
  yield* extremesHold(trial, values, fast)
}

function* parametersRight(trial: NetworkTrial): Generator<Finding> {
  for (const { path, shape, initial } of listParameters(trial.network.parameters(trial.config))) {
    const first = initial(shape, parameterStream(3, path))
    const again = initial(shape, parameterStream(3, path))
    const fits = first.length === shape.reduce((a, b) => a * b, 1) && first.every((value, i) => value === again[i])
    yield {
      check: 'parameters start finite and repeatable, in their shape',
      where: place(trial, path),
      error: Math.max(fits ? 0 : 1, finiteError(first)),
      limit: limits.exact,
    }
  }
}

async function* rounding(
  trial: NetworkTrial,
  values: Values,
  exact: NetworkRunner,
  fast: NetworkRunner,
): AsyncGenerator<Finding> {
  const expected = await exact.run(values)
  const result = await fast.run(values)
  const pairs = { loss: [result.loss, expected.loss] as const, ...paired(result.outputs, expected.outputs) }
  for (const [name, [actual, wanted]] of Object.entries(pairs)) {
    yield {
      check: 'loss and outputs (f32)',
      where: place(trial, name),
      error: tensorError(actual, wanted),
      limit: limits.f32,
    }
    if (name === 'loss') continue
    const first = actual.shape[0] === rows
    yield {
      check: 'outputs are by row',
      where: place(trial, name),
      error: first ? 0 : 1,
      limit: limits.exact,
    }
  }
  const gradients = await exact.gradients(values)
  const rounded = await fast.gradients(values)
  const floor = smallest(gradients)
  const moved = await exact.gradients(movedInputs(values))
  for (const [path, { data }] of Object.entries(gradients)) {
    yield {
      check: 'gradients (f32)',
      where: place(trial, path),
      error: relativeError(rounded[path].data, data, { floor }),
      limit: gradientLimit(relativeError(moved[path].data, data, { floor })),
    }
  }
  for (const path of Object.keys(values).filter((each) => each.startsWith('parameters.'))) {
    // At extents of 1 some have nothing to do, such as what follows a first step.
    const used = path in gradients && (trial.label !== '' || magnitude(gradients[path].data) > 0)
    yield {
      check: 'each parameter gets a gradient',
      where: place(trial, path),
      error: used ? 0 : 1,
      limit: limits.exact,
    }
  }
}

/** Gradients against central differences: all inputs at once, each by itself, and one element of each. */
async function* differences(trial: NetworkTrial, values: Values, exact: NetworkRunner): AsyncGenerator<Finding> {
  const gradients = await exact.gradients(values)
  const paths = Object.keys(gradients)
  const random = parameterStream(6, trial.label)
  const apart = trial.label === '' ? paths : []
  const directions = [
    { name: 'everything', direction: everyElement(values, paths) },
    ...apart.map((path) => ({ name: path, direction: everyElement(values, [path]) })),
    ...apart.map((path) => ({ name: `an element of ${path}`, direction: oneElement(values, path, random) })),
  ]
  for (const { name, direction } of directions) {
    const errorAt = (step?: number) => differenceError(exact, values, direction, gradients, smallest(gradients), step)
    const usual = await errorAt()
    const error = usual > limits.differences ? await errorAt(2e-7) : usual
    const where = place(trial, name)
    yield { check: 'gradients (float64, central differences)', where, error, limit: limits.differences }
  }
}

/** The first row's outputs with another second row. */
async function* rowsIndependent(trial: NetworkTrial, values: Values, runner: NetworkRunner): AsyncGenerator<Finding> {
  const others = networkValues(trial, 2)
  const changed = Object.entries(values).map(([path, value]) => {
    if (!path.startsWith('inputs.')) return [path, value]
    const half = value.data.length / rows
    return [path, { ...value, data: value.data.map((kept, index) => (index < half ? kept : others[path].data[index])) }]
  })
  const before = await runner.run(values)
  const after = await runner.run(Object.fromEntries(changed))
  for (const [name, [actual, expected]] of Object.entries(paired(after.outputs, before.outputs))) {
    yield {
      check: 'rows of a batch are independent',
      where: place(trial, name),
      error: relativeError(actual.data, expected.data, { counts: (index) => index < expected.data.length / rows }),
      limit: limits.unchanged,
    }
  }
}

/** Equal keys give equal results; of another key only a random network takes notice. */
async function* drawsRight(trial: NetworkTrial, values: Values, fast: NetworkRunner): AsyncGenerator<Finding> {
  const [first, again, other] = [await fast.run(values), await fast.run(values), await fast.run(values, 2)]
  const isEqual = first.loss.data[0] === again.loss.data[0]
  yield { check: 'repeatable by its key', where: place(trial, 'loss'), error: isEqual ? 0 : 1, limit: limits.exact }
  const draws = first.loss.data[0] !== other.loss.data[0]
  yield {
    check: 'draws where it says so',
    where: place(trial, 'loss'),
    error: draws && !trial.network.random ? 1 : 0,
    limit: limits.exact,
  }
}

async function* extremesHold(trial: NetworkTrial, values: Values, fast: NetworkRunner): AsyncGenerator<Finding> {
  const matrices = new Set(
    listParameters(trial.network.parameters(trial.config)).flatMap(({ path, decay }) => (decay ? [path] : [])),
  )
  const scaled = (factor: number, chosen: (path: string) => boolean): Values => {
    const entries = Object.entries(values).map(([path, value]) => {
      const large = value.dtype === 'f32' && chosen(path)
      return [path, large ? { ...value, data: value.data.map((each) => factor * each) } : value]
    })
    return Object.fromEntries(entries)
  }
  const cases = {
    'inputs of 1e4': scaled(1e4, (path) => path.startsWith('inputs.')),
    'inputs of 0': scaled(0, (path) => path.startsWith('inputs.')),
    'weights 30 times as large': scaled(30, (path) => matrices.has(path.slice('parameters.'.length))),
  }
  for (const [name, extreme] of Object.entries(cases)) {
    const { loss, outputs } = await fast.run(extreme)
    for (const [path, { data }] of Object.entries({ loss, ...outputs, ...(await fast.gradients(extreme)) })) {
      yield {
        check: 'extreme values: finite (f32)',
        where: place(trial, name, path),
        error: finiteError(data),
        limit: limits.exact,
      }
    }
  }
}

const paired = (actual: Values, expected: Values) =>
  Object.fromEntries(Object.keys(expected).map((name) => [name, [actual[name], expected[name]] as const]))

const smallest = (gradients: Values) =>
  smallestShare * Math.max(...Object.values(gradients).map(({ data }) => magnitude(data)))

const place = ({ label }: NetworkTrial, ...parts: readonly string[]) =>
  [label, ...parts].filter((part) => part !== '').join(', ')
