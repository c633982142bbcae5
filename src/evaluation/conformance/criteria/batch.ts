/** Rows of a batch do not see each other. */
import { limits } from '../finding.js'
import { outputError } from '../outcome.js'
import { whole } from '../runner.js'
import { layout, replaced } from '../sequence.js'
import { type Criterion, place, sequenceOf } from '../trial.js'

export const rowsIndependent: Criterion = async function* ({ subject, exact, fast }) {
  const length = subject.chunk + 1
  const text = 'x'.repeat(length)
  const kinds = { plain: undefined, packed: layout(text, `${text.slice(0, -1)}|x`) }
  for (const [kind, rows] of Object.entries(kinds)) {
    const sequence = sequenceOf(subject, length, 41, { rows })
    for (const runner of [exact, fast]) {
      const changed = replaced(sequence, (b) => b === 1, runner === exact ? 1e30 : 1e3)
      for (const form of subject.forms) {
        const before = await runner.run(sequence, whole(form, length))
        const after = await runner.run(changed, whole(form, length))
        yield {
          check: 'rows of a batch are independent',
          where: place(subject, form, kind, runner.executor.name),
          error: outputError(sequence, after, before, (b) => b === 0),
          limit: limits.unchanged,
        }
      }
    }
  }
}
