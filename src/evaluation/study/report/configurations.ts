/** Every run of a study, its job and the configuration of its model. */
import { formatCompact, formatCount, formatMeasured, formatSeconds } from '../../report/format.js'
import { html, type Markup } from '../../report/html.js'
import { scrollTable } from '../../report/scrollTable.js'
import type { StudiedTask, StudyEntry, StudyReport } from '../types.js'
import { fieldsOf, sizeText } from './fields.js'
import { formatScore } from './metric.js'
import { data, interval } from './table.js'

export function configurationsSection(report: StudyReport): Markup {
  const tasks = report.tasks.map(
    (task) => html`<h3 class="part">${task.title}</h3>
${fieldsOf(report, task).flatMap(({ entries }) => entries.map((entry) => configuration(task, entry)))}`,
  )
  return html`<section aria-labelledby="configurations">
<h2 id="configurations">Runs and configurations</h2>
<p>The runs of a mechanism share one job but for its seed, and one configuration.</p>
${tasks}
</section>`
}

function configuration(task: StudiedTask, entry: StudyEntry): Markup {
  const { mechanism, size, params, rate, runs } = entry
  return html`<details>
<summary><strong>${mechanism}</strong> <span class="unit">${[sizeText(size), `${formatCount(params)} parameters`, `rate ${formatMeasured(rate)}`].filter(Boolean).join(', ')}</span></summary>
${runTable(task, entry)}
<p class="unit">Job of seed ${runs[0]?.seed ?? '–'}</p>
<pre tabindex="0"><code>${JSON.stringify(runs[0]?.spec ?? null, null, 2)}</code></pre>
<p class="unit">Configuration</p>
<pre tabindex="0"><code>${JSON.stringify(entry.configuration, null, 2) ?? 'not given'}</code></pre>
</details>\n`
}

function runTable(task: StudiedTask, { mechanism, runs }: StudyEntry): Markup {
  const format = formatScore(task.metric)
  const heads = ['Seed', 'Score', 'Interval over examples', 'Loss', 'Steps', 'Tokens', 'Time', 'Job']
  const rows = runs.map(
    ({ id, seed, score, loss, steps, tokens, seconds, solvedAt }) =>
      html`<tr><th scope="row">${seed}</th><td>${data(score.mean, format)}</td><td>${interval(score, format)}</td><td>${data(loss, (value) => value.toFixed(3))}</td><td>${data(steps, formatCount)}${Number.isFinite(solvedAt) ? ', solved' : ''}</td><td>${data(tokens, formatCompact)}</td><td>${data(seconds, formatSeconds)}</td><td><code>${id}</code></td></tr>\n`,
  )
  return scrollTable({
    label: `Runs of ${mechanism} on ${task.title}`,
    class: 'runs',
    caption: '',
    head: heads.map((name) => html`<th scope="col">${name}</th>`),
    rows,
  })
}
