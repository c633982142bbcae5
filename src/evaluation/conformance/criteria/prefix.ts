/** A prefix sees itself both ways, and nothing else changes. */
import { limits } from '../finding.js'
import { outputError } from '../outcome.js'
import { tokens, whole } from '../runner.js'
import { replaced } from '../sequence.js'
import { type Criterion, longForms, place, sequenceOf } from '../trial.js'

export const prefixSeesItself: Criterion = async function* ({ subject, exact, fast }) {
  if (!subject.prefix) return
  const length = 7
  const prefix = [3, 5]
  const sequence = sequenceOf(subject, length, 51, { prefix })
  const inside = (b: number, t: number) => t < prefix[b]
  for (const form of longForms(subject)) {
    const before = await exact.run(sequence, whole(form, length))
    for (let at = 0; at < length; at++) {
      const after = await exact.run(
        replaced(sequence, (_, t) => t === at, 1),
        whole(form, length),
      )
      const where = place(subject, form, `token ${at} changed`)
      const sees = (b: number, t: number) => t >= at || (inside(b, t) && inside(b, at))
      yield {
        check: 'tokens behind a prefix change nothing before them',
        where,
        error: outputError(sequence, after, before, (b, t) => !sees(b, t)),
        limit: limits.unchanged,
      }
      for (let t = 0; t < at; t++) {
        const changed =
          outputError(sequence, after, before, (b, position) => position === t && inside(b, at)) > limits.float64
        const expected = prefix.some((end) => at < end)
        yield {
          check: 'a prefix sees itself both ways',
          where: `${where}, output ${t}`,
          error: changed === expected ? 0 : 1,
          limit: limits.exact,
        }
      }
    }
    for (const [runner, limit] of [
      [exact, limits.float64],
      [fast, limits.f32],
    ] as const) {
      const after = await runner.run(sequence, [{ form, length: 5 }, ...tokens(length - 5)])
      const error = outputError(sequence, after, before)
      yield {
        check: `after its prefix a sequence goes on token by token (${runner === exact ? 'float64' : 'f32'})`,
        where: place(subject, form),
        error,
        limit,
      }
    }
  }
}
