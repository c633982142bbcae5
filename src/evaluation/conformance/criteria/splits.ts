/** A sequence cut anywhere, its state carried by the store, is the sequence in one pass. */
import { roundingLimits } from '../condition.js'
import { limits } from '../finding.js'
import { outputError, stateErrors } from '../outcome.js'
import { type Part, tokens, whole } from '../runner.js'
import { layout, type Sequence } from '../sequence.js'
import type { Subject } from '../subject.js'
import { type Criterion, longForms, place, sequenceOf } from '../trial.js'

export const splitsAgree: Criterion = async function* ({ subject, exact, fast }) {
  if (!subject.causal) return
  const length = 2 * subject.chunk + 1
  for (const [kind, sequence] of Object.entries(sequences(subject, length))) {
    const once = await exact.run(sequence, whole('parallel', length))
    const { f32 } = await roundingLimits(exact, sequence, once)
    for (const [runner, limit, check] of [
      [exact, limits.float64, 'splits agree (float64)'],
      [fast, f32, 'splits agree (f32)'],
    ] as const) {
      for (const parts of splits(subject)) {
        const where = (what: string) =>
          place(subject, kind, parts.map((part) => `${part.form} ${part.length}`).join(' + '), what)
        const result = await runner.run(sequence, parts)
        yield { check, where: where('output'), error: outputError(sequence, result, once), limit }
        if (!sequence.rows)
          yield* stateErrors(subject, result, once).map(({ leaf, error }) => ({
            check,
            where: where(leaf),
            error,
            limit,
          }))
      }
    }
  }
}

function sequences(subject: Subject, length: number): Record<string, Sequence> {
  const text = (pattern: string, size: number) => pattern.padEnd(size + (pattern.match(/\|/g)?.length ?? 0), 'x')
  // Borders of documents and padding on both sides of the cuts.
  const rows = layout(text('xx|x.|xx', length), text('|..xx|x|x', length))
  return { plain: sequenceOf(subject, length, 21), packed: sequenceOf(subject, length, 22, { rows }) }
}

/** Parts a chunk less one, a chunk and one, and single tokens, in several orders. */
function splits(subject: Subject): Part[][] {
  const [less, more] = [Math.max(1, subject.chunk - 1), subject.chunk + 1]
  const rest = 2 * subject.chunk + 1 - less - more
  const forms = longForms(subject)
  const orders = forms.flatMap((form) => {
    const [a, b] = [less, more].map((length): Part => ({ form, length }))
    return [
      [a, b, ...tokens(rest)],
      [...tokens(rest), b, a],
    ]
  })
  const mixed: Part[] = [
    { form: forms[forms.length - 1], length: less },
    ...tokens(rest),
    { form: forms[0], length: more },
  ]
  return [...orders, mixed]
}
