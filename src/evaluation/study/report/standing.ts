/** Who stands before whom, as far as paired intervals over seeds can tell. */
import type { Score } from '../../jobs/job.js'
import type { StudyEntry, StudyReport } from '../types.js'
import { type Field, sameSize } from './fields.js'

export interface Standing {
  readonly entry: StudyEntry
  /** Index in the report's mechanisms. */
  readonly series: number
  /** One more than the number of mechanisms that are better for certain; NaN without a finite score. */
  readonly place: number
  readonly shared: boolean
}

/** How far the first is better than the second (negative: worse), whichever way the metric points. */
export function lead(report: StudyReport, { task, size }: Field, first: string, second: string): Score | undefined {
  for (const pair of report.pairs) {
    if (pair.task !== task.key || !sameSize(pair.size, size)) continue
    const { mean, low, high } = pair.difference
    const forward = pair.first === first && pair.second === second
    if (!forward && !(pair.first === second && pair.second === first)) continue
    if (forward === task.higherIsBetter) return { mean, low, high }
    return { mean: negative(mean), low: negative(high), high: negative(low) }
  }
  return undefined
}

// A number that was not finite comes back from JSON as null, of which the negative is 0.
const negative = (value: number) => (Number.isFinite(value) ? -value : Number.NaN)

export type Verdict = 'better' | 'worse' | 'equal' | 'open' | 'unknown'

/** What an interval of a difference says: a claim only where it excludes 0. */
export function verdict(difference: Score | undefined): Verdict {
  if (!difference || ![difference.low, difference.high].every(Number.isFinite)) return 'unknown'
  if (difference.low === 0 && difference.high === 0) return 'equal'
  if (difference.low > 0) return 'better'
  return difference.high < 0 ? 'worse' : 'open'
}

/** Best mean first within a place. Where no interval is known, the means decide. */
export function standings(report: StudyReport, field: Field): Standing[] {
  const sign = field.task.higherIsBetter ? 1 : -1
  const ranked = field.entries.filter(({ score }) => Number.isFinite(score.mean))
  const isBetter = (other: StudyEntry, entry: StudyEntry) => {
    const known = verdict(lead(report, field, other.mechanism, entry.mechanism))
    return known === 'unknown' ? sign * (other.score.mean - entry.score.mean) > 0 : known === 'better'
  }
  const series = ({ mechanism }: StudyEntry) => report.mechanisms.indexOf(mechanism)
  const placed = ranked
    .map((entry) => ({ entry, place: 1 + ranked.filter((other) => isBetter(other, entry)).length }))
    .sort(
      (a, b) =>
        a.place - b.place || sign * (b.entry.score.mean - a.entry.score.mean) || series(a.entry) - series(b.entry),
    )
  return [
    ...placed.map(({ entry, place }) => ({
      entry,
      place,
      series: series(entry),
      shared: placed.filter((other) => other.place === place).length > 1,
    })),
    ...field.entries
      .filter(({ score }) => !Number.isFinite(score.mean))
      .map((entry) => ({ entry, place: Number.NaN, series: series(entry), shared: false })),
  ]
}
