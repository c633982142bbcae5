/** All forms are the same function: the parallel form in float64 is the definition. */
import { roundingLimits } from '../condition.js'
import { limits, tensorError } from '../finding.js'
import { outputError, stateErrors } from '../outcome.js'
import { whole } from '../runner.js'
import { type Criterion, place, sequenceOf } from '../trial.js'

export const formsAgree: Criterion = async function* ({ subject, exact, fast }) {
  const { chunk } = subject
  const lengths =
    subject.label === ''
      ? [...new Set([1, chunk - 1, chunk, chunk + 1, 2 * chunk + 1])].filter((length) => length > 0)
      : [2 * chunk + 1]
  for (const length of lengths) {
    const sequence = sequenceOf(subject, length, length)
    const definition = await exact.run(sequence, whole('parallel', length))
    const { f32 } = await roundingLimits(exact, sequence, definition)
    for (const [runner, limit, check] of [
      [exact, limits.float64, 'forms agree (float64)'],
      [fast, f32, 'forms agree (f32)'],
    ] as const) {
      for (const form of subject.forms) {
        const where = (what: string) => place(subject, form, `length ${length}`, what)
        const parts = whole(form, length)
        const result = await runner.run(sequence, parts)
        yield { check, where: where('output'), error: outputError(sequence, result, definition), limit }
        yield* stateErrors(subject, result, definition).map(({ leaf, error }) => ({
          check,
          where: where(leaf),
          error,
          limit,
        }))
        if (parts.length > 1) continue
        for (const [name, loss] of Object.entries(definition.losses)) {
          yield { check, where: where(name), error: tensorError(result.losses[name] ?? loss, loss), limit }
        }
        const alone = await runner.run(sequence, parts, { alone: true })
        yield { check, where: where('output without a store'), error: outputError(sequence, alone, definition), limit }
      }
    }
  }
}
