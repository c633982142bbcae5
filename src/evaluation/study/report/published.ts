/** Figures of the literature beside those of the study. */
import { formatMeasured } from '../../report/format.js'
import { html, type Markup, trusted } from '../../report/html.js'
import { scrollTable } from '../../report/scrollTable.js'
import type { StudiedTask, StudyReport } from '../types.js'
import { fieldsOf, sizeText } from './fields.js'
import { formatScore, metricNames } from './metric.js'
import { standings } from './standing.js'
import { data } from './table.js'

export function publishedTable(report: StudyReport, task: StudiedTask): Markup | '' {
  if (task.published.length === 0) return ''
  const ours = fieldsOf(report, task).flatMap((field) =>
    standings(report, field).map(
      ({ entry }) =>
        html`<tr><th scope="row">${entry.mechanism}</th><td class="text">this study, ${sizeText(field.size)}</td><td class="text">${metricNames[task.metric].toLowerCase()}</td><td>${data(entry.score.mean, formatScore(task.metric))}</td><td class="text wrap"></td></tr>\n`,
    ),
  )
  const theirs = task.published.map(
    ({ model, setting, metric, value, from, warning }, i) =>
      html`<tr${trusted(i === 0 ? ' class="first"' : '')}><th scope="row">${model}</th><td class="text">${setting}</td><td class="text">${metric}</td><td>${data(value, formatMeasured)}</td><td class="text wrap">${from}${warning ? html` <strong class="warning">Mind: ${warning}</strong>` : ''}</td></tr>\n`,
  )
  const head = [
    html`<th scope="col">Model</th><th scope="col" class="text">Setting</th><th scope="col" class="text">Metric</th><th scope="col">Value</th><th scope="col" class="text">Read in</th>`,
  ]
  return html`<h3 class="part">Beside published figures</h3>
${scrollTable({
  label: `Published figures for ${task.title}`,
  class: 'published',
  caption:
    'Published figures come from other code, other sizes and often other data: they show the neighbourhood, not a target.',
  head,
  rows: [...ours, ...theirs],
})}`
}
