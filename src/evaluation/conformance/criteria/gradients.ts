/** Gradients by features, parameters and the state before them, in every form. */
import { parameterStream } from '../../../nn/initializers.js'
import { gradientLimit, movedInputs } from '../condition.js'
import { differenceError, everyElement, oneElement, usualStep } from '../differences.js'
import { limits, magnitude, relativeError } from '../finding.js'
import { createLoss, type Loss, lossInputs } from '../loss.js'
import { whole } from '../runner.js'
import { layout, type Sequence } from '../sequence.js'
import type { Subject, Values } from '../subject.js'
import { type Criterion, longForms, place, sequenceOf, type Trial } from '../trial.js'

/** A gradient that is 0 by symmetry comes out as rounding errors of the others: this share of the largest is the least. */
const smallestShare = 0.01
/** Tokens before the sequence, which its state holds. */
const begins = 3
/** Elements moved by themselves, per input of the plain subject. */
const singles = 2

export const gradientsRight: Criterion = async function* (trial) {
  const { subject, thorough } = trial
  const length = subject.chunk + 1
  const text = (start: string) => start.padEnd(length + 1, 'x')
  if (thorough) yield* check(trial, 'one token', sequenceOf(subject, 1, 70, { begins }))
  if (thorough || length <= 3) yield* check(trial, 'plain', sequenceOf(subject, length, 71, { begins }))
  if (length > 3)
    yield* check(trial, 'packed', sequenceOf(subject, length, 72, { begins, rows: layout(text('xx|x'), text('.x|x')) }))
}

async function* check({ subject, exact, fast, thorough }: Trial, kind: string, sequence: Sequence) {
  const { state, losses } = await fast.run(sequenceOf(subject, begins, 73), whole('parallel', begins))
  const hasLosses = Object.keys(losses).length > 0
  const inputs = lossInputs(sequence, fast.values, state)
  const stopped = stoppedPaths(subject)
  let definition: Values | undefined
  let withoutLosses: Values | undefined
  for (const form of thorough ? subject.forms : longForms(subject)) {
    const parts = whole(form, sequence.length)
    // Through several calls, a state that stops gradients makes them another function's.
    if (parts.length > 1 && stopped.size > 0) continue
    const where = (path: string) => place(subject, form, kind, path)
    const loss = createLoss(exact, sequence, parts, state, inputs)
    const gradients = await loss.gradients(inputs)
    const rounded = await createLoss(fast, sequence, parts, state, inputs).gradients(inputs)
    const floor = smallestShare * Math.max(...Object.values(gradients).map(({ data }) => magnitude(data)))
    for (const [path, { dtype, data }] of Object.entries(inputs)) {
      if (dtype !== 'f32' || data.length === 0) continue
      const expected = !stopped.has(path)
      yield {
        check: 'gradients flow where they should',
        where: where(path),
        error: path in gradients === expected ? 0 : 1,
        limit: limits.exact,
      }
    }
    if (hasLosses && parts.length > 1)
      withoutLosses ??= await createLoss(
        exact,
        sequence,
        whole('parallel', sequence.length),
        state,
        inputs,
        false,
      ).gradients(inputs)
    const errors = new Map(
      Object.entries(gradients).map(([path, { data }]) => [path, relativeError(rounded[path].data, data, { floor })]),
    )
    // What rounding may do costs another gradient, and is asked only where the usual limit is not met.
    const isMet = [...errors.values()].every((error) => error <= limits.f32Gradient)
    const moved = isMet ? undefined : await loss.gradients(movedInputs(inputs))
    for (const [path, { data }] of Object.entries(gradients)) {
      yield {
        check: 'gradients (f32)',
        where: where(path),
        error: errors.get(path)!,
        limit: gradientLimit(moved ? relativeError(moved[path].data, data, { floor }) : 0),
      }
      const same = (parts.length > 1 ? withoutLosses : definition)?.[path]
      if (same)
        yield {
          check: 'gradients of the forms agree',
          where: where(path),
          error: relativeError(data, same.data, { floor }),
          limit: limits.float64,
        }
    }
    if (!definition) yield* differences(subject, loss, inputs, gradients, floor, where)
    definition ??= gradients
    if (!hasLosses) withoutLosses = definition
  }
}

/** The definition's gradients against central differences: all inputs at once, and for the plain settings one by one. */
async function* differences(
  subject: Subject,
  loss: Loss,
  inputs: Values,
  gradients: Values,
  floor: number,
  where: (path: string) => string,
) {
  const paths = Object.keys(gradients)
  const random = parameterStream(6, subject.label)
  const apart = subject.label === '' ? paths : ['x']
  const directions = [
    { name: 'everything', direction: everyElement(inputs, paths) },
    ...apart.map((path) => ({ name: path, direction: everyElement(inputs, [path]) })),
    ...apart.flatMap((path) =>
      Array.from({ length: singles }, () => ({
        name: `an element of ${path}`,
        direction: oneElement(inputs, path, random),
      })),
    ),
  ]
  for (const { name, direction } of directions) {
    const usual = await differenceError(loss, inputs, direction, gradients, floor)
    // A curved loss is a matter of the step, of whose error a half leaves a sixteenth; a wrong gradient stays wrong.
    const error =
      usual <= limits.differences
        ? usual
        : await differenceError(loss, inputs, direction, gradients, floor, usualStep / 2)
    yield { check: 'gradients (float64, central differences)', where: where(name), error, limit: limits.differences }
  }
}

/** Paths of state that a mechanism does not differentiate through. */
function stoppedPaths(subject: Subject): Set<string> {
  const leaves = Object.entries(subject.leaves({ batch: 1, capacity: 1 }))
  return new Set(leaves.filter(([, { stopped }]) => stopped).map(([name]) => `state.${name}`))
}
