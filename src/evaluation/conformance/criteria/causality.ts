/** What comes later changes nothing before it, however large it is. */
import { limits } from '../finding.js'
import { outputError } from '../outcome.js'
import { whole } from '../runner.js'
import { replaced } from '../sequence.js'
import { type Criterion, longForms, place, sequenceOf } from '../trial.js'

export const pastIgnoresFuture: Criterion = async function* ({ subject, exact }) {
  if (!subject.causal) return
  const { chunk } = subject
  const length = 2 * chunk + 1
  const sequence = sequenceOf(subject, length, 31)
  for (const form of longForms(subject)) {
    const before = await exact.run(sequence, whole(form, length), { alone: true })
    for (const from of new Set([1, chunk - 1, chunk, chunk + 1, length - 1].filter((t) => t > 0))) {
      for (const size of [1, 1e30]) {
        const changed = replaced(sequence, (_, t) => t >= from, size)
        const after = await exact.run(changed, whole(form, length), { alone: true })
        yield {
          check: 'the future changes nothing before it',
          where: place(subject, form, `from token ${from}`, size > 1 ? 'huge values' : 'other values'),
          error: outputError(sequence, after, before, (_, t) => t < from),
          limit: limits.unchanged,
        }
      }
    }
  }
}
