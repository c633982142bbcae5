/** Extreme features, parameters and decays: every form stays finite, and they still agree. */
import type { TensorData } from '../../../engine/index.js'
import { parameterStream } from '../../../nn/initializers.js'
import { roundingLimits } from '../condition.js'
import { finiteError, limits } from '../finding.js'
import { createLoss, type Loss, lossInputs } from '../loss.js'
import { outputError, stateErrors } from '../outcome.js'
import { type Outcome, startingState, whole } from '../runner.js'
import type { Sequence } from '../sequence.js'
import type { Subject, Values } from '../subject.js'
import { type Criterion, longForms, place, sequenceOf, type Trial } from '../trial.js'

interface Case {
  readonly name: string
  readonly sequence: Sequence
  readonly parameters: Values
  /** What f32 makes of these values overflows or saturates; its forms are compared with each other alone. */
  readonly saturates?: boolean
}

export const extremesHold: Criterion = async function* (trial) {
  const losses = new Map<string, Loss>()
  for (const each of cases(trial)) {
    yield* compare(trial, each)
    yield* differentiate(trial, each, losses)
  }
}

async function* compare({ subject, exact, fast }: Trial, { name, sequence, parameters, saturates = false }: Case) {
  const { length } = sequence
  const definition = await exact.run(sequence, whole('parallel', length), { parameters })
  const allowed = await roundingLimits(exact, sequence, definition, { parameters })
  for (const [runner, dtype] of [
    [exact, 'float64'],
    [fast, 'f32'],
  ] as const) {
    const expected = saturates ? await runner.run(sequence, whole('parallel', length), { parameters }) : definition
    for (const form of subject.forms) {
      const result = await runner.run(sequence, whole(form, length), { parameters })
      const where = (what: string) => place(subject, form, name, what)
      for (const { leaf, error } of errors(subject, sequence, result, expected)) {
        yield { check: `extreme values: forms agree (${dtype})`, where: where(leaf), error, limit: allowed[dtype] }
      }
    }
  }
}

/** Gradients stay finite; the programs are shared by all cases. */
async function* differentiate(
  { subject, fast }: Trial,
  { name, sequence, parameters }: Case,
  losses: Map<string, Loss>,
) {
  const start = startingState(subject, sequence.batch)
  const inputs = lossInputs(sequence, parameters, start)
  for (const form of longForms(subject)) {
    const key = `${form} ${Object.keys(sequence.projected ?? {})}`
    const loss = losses.get(key) ?? createLoss(fast, sequence, whole(form, sequence.length), start, inputs)
    losses.set(key, loss)
    for (const [path, { data }] of Object.entries(await loss.gradients(inputs))) {
      yield {
        check: 'extreme values: gradients are finite (f32)',
        where: place(subject, form, name, path),
        error: finiteError(data),
        limit: limits.exact,
      }
    }
  }
}

function errors(
  subject: Subject,
  sequence: Sequence,
  actual: Outcome,
  expected: Outcome,
): { leaf: string; error: number }[] {
  return [{ leaf: 'output', error: outputError(sequence, actual, expected) }, ...stateErrors(subject, actual, expected)]
}

function cases({ subject, exact: { values } }: Trial): Case[] {
  const length = 2 * subject.chunk + 1
  const plain = sequenceOf(subject, length, 81)
  const changed = (change: (value: number, position: number, index: number) => number): Sequence => {
    const { width, x } = plain
    return { ...plain, x: x.map((value, index) => change(value, Math.floor(index / width) % length, index)) }
  }
  const first = (index: number) => plain.x[index % plain.width]
  const features: Record<string, Sequence> = {
    'all zero': changed(() => 0),
    tiny: changed((value) => 1e-20 * value),
    'one token repeated': changed((_, __, index) => first(index)),
    'tokens almost alike': changed((value, _, index) => first(index) + 1e-3 * value),
    'large and small in turn': changed((value, position) => (position % 3 === 0 ? 1e3 : 1e-2) * value),
  }
  const weights = new Set(subject.parameters.flatMap(({ path, decay }) => (decay ? [path] : [])))
  const scaled = (factor: number) =>
    mapped(values, (data, path) => (weights.has(path) ? data.map((value) => factor * value) : data))
  return [
    { name: 'features of 1e4', sequence: changed((value) => 1e4 * value), parameters: values, saturates: true },
    ...Object.entries(features).map(([name, sequence]) => ({ name: `features ${name}`, sequence, parameters: values })),
    { name: 'weights 30 times as large', sequence: plain, parameters: scaled(30), saturates: true },
    { name: 'weights a hundredth as large', sequence: plain, parameters: scaled(0.01) },
    ...decayCases(subject, plain).map(({ name, sequence }) => ({ name, sequence, parameters: values })),
    ...decayCases(subject, features['large and small in turn']).map(({ name, sequence }) => ({
      name: `features large and small in turn, ${name}`,
      sequence,
      parameters: values,
    })),
  ]
}

/** Where a mixer projects log decays, they are set from outside. */
function decayCases(subject: Subject, sequence: Sequence): { name: string; sequence: Sequence }[] {
  const spec = subject.projected?.(sequence).logDecay
  if (!spec) return []
  const [, , T, width] = spec.shape
  const decays: Record<string, (random: number, position: number) => number> = {
    'no decay': () => 0,
    'log decay -1e-8': () => -1e-8,
    'log decay -50': () => -50,
    'log decay -1e4': () => -1e4,
    'log decay -50 or 0': (random) => (random < 0.5 ? -50 : 0),
    'log decay -50 in every fourth token': (_, position) => (position % 4 === 0 ? -50 : 0),
    'log decay between -40 and 0': (random) => -40 * random,
  }
  return Object.entries(decays).map(([name, decay]) => {
    const random = parameterStream(9, name)
    const data = Float32Array.from({ length: spec.shape.reduce((a, b) => a * b) }, (_, index) =>
      decay(random(), Math.floor(index / width) % T),
    )
    return { name, sequence: { ...sequence, projected: { logDecay: { ...spec, data } as TensorData } } }
  })
}

function mapped(values: Values, change: (data: Float32Array, path: string) => TensorData['data']): Values {
  return Object.fromEntries(
    Object.entries(values).map(([path, value]) => [path, { ...value, data: change(value.data as Float32Array, path) }]),
  )
}
