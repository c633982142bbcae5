/** The ranked table of a task. Every number carries its full value in a `data` element. */

import type { Score } from '../../jobs/job.js'
import type { Drawing } from '../../report/drawing.js'
import { formatBytes, formatCompact, formatCount, formatMeasured } from '../../report/format.js'
import { html, type Markup, trusted } from '../../report/html.js'
import { drawSample } from '../../report/legend.js'
import { scrollTable } from '../../report/scrollTable.js'
import type { StudiedTask, StudyEntry, StudyReport } from '../types.js'
import { type Field, fieldsOf, sizeText } from './fields.js'
import { formatScore, metricNames } from './metric.js'
import { type Standing, standings } from './standing.js'

export interface Column {
  readonly label: string
  readonly unit: string
  /** What rows are ordered by. */
  readonly value: (entry: StudyEntry) => number
  readonly text: (entry: StudyEntry) => string
  readonly cell: (entry: StudyEntry) => Markup
}

export function rankedTable(report: StudyReport, task: StudiedTask, drawing: Drawing): Markup {
  const fields = fieldsOf(report, task)
  const [score, ...rest] = studyColumns(task)
  const row = ({ entry, series, place, shared }: Standing) => {
    const rank = place > 0 ? `${place}${shared ? '=' : ''}` : '–'
    const sample = trusted(drawSample(series, drawing).outerHTML)
    const mean =
      place === 1
        ? html`<td class="best"><strong>${score.cell(entry)}</strong></td>`
        : html`<td>${score.cell(entry)}</td>`
    return html`<tr><td>${rank}</td><th scope="row"><span class="model">${sample}${entry.mechanism}</span></th>${mean}${rest.map(({ cell }) => html`<td>${cell(entry)}</td>`)}</tr>\n`
  }
  const heads = [score, ...rest].map(
    ({ label, unit }) => html`<th scope="col">${label}${unit ? html` <span class="unit">${unit}</span>` : ''}</th>`,
  )
  const group = (field: Field) =>
    html`<tr class="group"><th scope="colgroup" colspan="${heads.length + 2}"><span>${sizeText(field.size)}</span></th></tr>\n`
  return scrollTable({
    label: `Results of ${task.title}`,
    class: 'ranked',
    caption: caption(report, task, fields.length > 1),
    head: [html`<th scope="col">Rank</th><th scope="col">Mechanism</th>`, ...heads],
    rows: fields.flatMap((field) => [
      ...(fields.length > 1 ? [group(field)] : []),
      ...standings(report, field).map(row),
    ]),
  })
}

/** What is told of a mechanism on a task, its score first. */
export function studyColumns({ metric, higherIsBetter }: StudiedTask): Column[] {
  const format = formatScore(metric)
  return [
    column(metricNames[metric], higherIsBetter ? 'mean' : 'less is better', ({ score }) => score.mean, format),
    {
      ...column('95% interval', 'over seeds', ({ score }) => score.low, format),
      text: ({ score }) => intervalText(score, format),
      cell: ({ score }) => interval(score, format),
    },
    column('Best', 'seed', ({ best }) => best, format),
    column('Rate', 'chosen', ({ rate }) => rate, formatMeasured),
    column('Parameters', '', ({ params }) => params, formatCount),
    column('FLOPs', 'a token', ({ flopsPerToken }) => flopsPerToken, formatCompact),
    column('Speed', 'tokens/s', ({ tokensPerSecond }) => tokensPerSecond, formatCount),
    column('Memory', 'MiB', ({ peakRssMiB }) => peakRssMiB, formatCount),
    column('State', 'to generate', ({ stateBytes }) => stateBytes, formatBytes),
  ]
}

const column = (label: string, unit: string, value: Column['value'], format: (value: number) => string): Column => ({
  label,
  unit,
  value,
  text: (entry) => (Number.isFinite(value(entry)) ? format(value(entry)) : '–'),
  cell: (entry) => data(value(entry), format),
})

const isBounded = ({ low, high }: Score) => Number.isFinite(low) && Number.isFinite(high)

const intervalText = (score: Score, format: (value: number) => string) =>
  isBounded(score) ? `${format(score.low)} to ${format(score.high)}` : '–'

/** A number as it is read, with all of its digits for programs. */
export const data = (value: number, format: (value: number) => string): Markup =>
  Number.isFinite(value) ? html`<data value="${value}">${format(value)}</data>` : html`–`

export const interval = (score: Score, format: (value: number) => string): Markup =>
  isBounded(score) ? html`${data(score.low, format)} to ${data(score.high, format)}` : html`–`

const caption = (report: StudyReport, { bound, chance, metric }: StudiedTask, several: boolean) =>
  [
    report.seeds.length > 1
      ? 'Rank: one more than the number of mechanisms that are better with a paired interval that excludes 0, so that those not told apart share it (“=”).'
      : 'Rank: by the one seed that there is.',
    several ? 'Ranked within each size.' : '',
    'FLOPs, speed and peak memory are of training.',
    Number.isFinite(chance) ? `Chance: ${formatMeasured(chance)}.` : '',
    Number.isFinite(bound) ? `Least possible loss: ${formatScore(metric)(bound as number)}.` : '',
  ]
    .filter(Boolean)
    .join(' ')
