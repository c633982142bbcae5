/** What a study found, in words that claim no more than its intervals do. */

import type { Score } from '../../jobs/job.js'
import { formatCompact, formatList, formatMeasured } from '../../report/format.js'
import type { StudyEntry, StudyReport } from '../types.js'
import type { Field } from './fields.js'
import { formatScore, metricNames } from './metric.js'
import { lead, type Standing, standings, verdict } from './standing.js'

export interface FieldSummary {
  /** The best mean, with those that score the same on every seed. */
  readonly answer: string
  readonly value: string
  /** Who the intervals do not tell apart from the best. */
  readonly open: readonly string[]
  readonly sentences: readonly string[]
}

/** The answer for one task at one size. */
export function summarize(report: StudyReport, field: Field): FieldSummary {
  const order = standings(report, field).filter(({ place }) => place > 0)
  const failures = failed(field)
  if (order.length === 0) return { answer: 'None', value: '', open: [], sentences: failures }
  const [{ entry: top }] = order
  const others = order.slice(1).map((standing) => {
    const ahead = lead(report, field, top.mechanism, standing.entry.mechanism)
    return { standing, ahead, verdict: verdict(ahead) }
  })
  const named = (of: typeof others) => formatList(of.map(({ standing }) => standing.entry.mechanism))
  const told = ({ standing, ahead }: (typeof others)[number]) => {
    const [mean, low, high] = [ahead?.mean ?? 0, ahead?.low ?? 0, ahead?.high ?? 0].map(formatScore(field.task.metric))
    return `${standing.entry.mechanism} (by ${mean}, interval ${low} to ${high})`
  }
  const by = (wanted: string) => others.filter(({ verdict }) => verdict === wanted)
  const [clear, open, equal, unknown] = ['better', 'open', 'equal', 'unknown'].map(by)
  const sentences = [
    clear.length > 0
      ? `${top.mechanism} is better than ${formatList(clear.map(told))}: ${clear.length > 1 ? 'these paired intervals exclude' : 'the paired interval excludes'} 0.`
      : '',
    open.length > 0
      ? `Not told apart from ${top.mechanism}, as the paired interval includes 0: ${formatList(open.map(told))}.`
      : '',
    unknown.length > 0 ? `Without a paired interval, and so without a verdict: ${named(unknown)}.` : '',
    ...chance(field, order),
    solved(field),
    ...failures,
  ]
  return {
    answer: formatList([top.mechanism, ...equal.map(({ standing }) => standing.entry.mechanism)]),
    value: `${equal.length > 0 ? 'the same on every seed: ' : ''}${scoreText(field, top)}`,
    open: open.map(({ standing }) => standing.entry.mechanism),
    sentences: sentences.filter(Boolean),
  }
}

const scoreText = ({ task }: Field, { score, runs }: StudyEntry) => {
  const format = formatScore(task.metric)
  const name = metricNames[task.metric].toLowerCase()
  return hasInterval(score)
    ? `${name} ${format(score.mean)}, 95% interval ${format(score.low)} to ${format(score.high)} over ${runs.length} seeds`
    : `${name} ${format(score.mean)} from ${runs.length === 1 ? 'one seed' : `${runs.length} seeds`}, without an interval`
}

const hasInterval = ({ low, high }: Score) => Number.isFinite(low) && Number.isFinite(high)

function chance({ task }: Field, order: Standing[]): string[] {
  if (!Number.isFinite(task.chance)) return []
  const entries = order.map(({ entry }) => entry).filter(({ score }) => hasInterval(score))
  const names = (of: StudyEntry[]) => formatList(of.map(({ mechanism }) => mechanism))
  const above = ({ score }: StudyEntry) => (task.higherIsBetter ? score.low > task.chance : score.high < task.chance)
  const below = ({ score }: StudyEntry) => (task.higherIsBetter ? score.high < task.chance : score.low > task.chance)
  const open = entries.filter((entry) => !above(entry) && !below(entry))
  const worse = entries.filter(below)
  const level = formatMeasured(task.chance)
  return [
    open.length > 0 ? `Not told apart from chance (${level}), which the interval includes: ${names(open)}.` : '',
    worse.length > 0 ? `Worse than chance (${level}): ${names(worse)}.` : '',
  ]
}

/** Who reached the score at which training ends, on how many seeds, and after how much. */
function solved({ entries }: Field): string {
  const thresholds = entries.flatMap(({ runs }) => runs.flatMap(({ spec }) => spec.solvedAt ?? []))
  if (thresholds.length === 0) return ''
  const parts = entries.flatMap(({ mechanism, runs }) => {
    const done = runs.filter(({ solvedAt }) => solvedAt !== null && solvedAt !== undefined)
    if (done.length === 0) return []
    const tokens = done.map(({ tokens }) => tokens)
    const range = [...new Set([Math.min(...tokens), Math.max(...tokens)].map(formatCompact))].join(' to ')
    return [`${mechanism} on ${done.length} of ${runs.length} seeds, after ${range} tokens`]
  })
  const mark = `${formatMeasured(thresholds[0])} on validation`
  return parts.length > 0 ? `Reached ${mark}: ${parts.join('; ')}.` : `None reached ${mark}.`
}

function failed({ entries }: Field): string[] {
  const isLost = ({ score }: StudyEntry['runs'][number]) => !Number.isFinite(score.mean)
  const count = ({ runs }: StudyEntry) => runs.filter(isLost).length
  const lost = entries.filter((entry) => count(entry) > 0 || !Number.isFinite(entry.score.mean))
  const told = (entry: StudyEntry) => `${entry.mechanism} (${count(entry)} of ${entry.runs.length} seeds)`
  return lost.length > 0 ? [`Without a finite score, as training diverged: ${formatList(lost.map(told))}.`] : []
}
