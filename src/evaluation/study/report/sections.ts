import type { Drawing } from '../../report/drawing.js'
import { factList } from '../../report/facts.js'
import { figureMarkup, type PlacedFigure } from '../../report/figureMarkup.js'
import { formatCount, formatList } from '../../report/format.js'
import { html, type Markup } from '../../report/html.js'
import type { StudiedTask, StudyReport } from '../types.js'
import { fieldsOf, sizeText } from './fields.js'
import { overviewFigures, taskFigures, taskNames } from './figures.js'
import { extent, trust, tuning } from './overview.js'
import { publishedTable } from './published.js'
import { summarize } from './summary.js'
import { rankedTable } from './table.js'

/** Draws a figure under the next number of its page. */
export type Draw = (placed: PlacedFigure) => Markup

export function numbered(names: readonly string[], drawing: Drawing): Draw {
  let number = 0
  return (placed) => {
    number += 1
    return figureMarkup(placed, number, [...names], drawing)
  }
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`

export function headSection(report: StudyReport): Markup {
  const names = taskNames(report)
  const links = [
    ...report.tasks.map((task) => html`<a href="#${names.get(task.key) ?? ''}">${task.title}</a>`),
    html`<a href="#tuning">Tuning</a>`,
    html`<a href="#repeat">To repeat this</a>`,
  ]
  return html`<header>
<h1>${report.title}</h1>
<p class="standfirst">${report.question}</p>
<p class="extent">${extent(report)} ${sentence(report.budget.text)}</p>
<nav aria-label="Contents">${links}</nav>
</header>`
}

export function summarySection(report: StudyReport, draw: Draw): Markup {
  const cards = report.tasks.map((task) => {
    const fields = fieldsOf(report, task)
    const parts = fields.map((field) => {
      const { answer, value, open, sentences } = summarize(report, field)
      const size = fields.length > 1 ? html`<span class="size">${sizeText(field.size)}</span>` : ''
      return html`<dd>${size}<strong>${answer}</strong>${open.length > 0 ? html`<span class="open">not told apart from ${formatList(open)}</span>` : ''}<span class="value">${value}</span><ul class="detail">${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul></dd>\n`
    })
    return html`<div><dt>${task.title}</dt>
${parts}</div>\n`
  })
  return html`<section aria-labelledby="summary">
<h2 id="summary">Summary</h2>
<dl class="findings answers">
${cards}</dl>
<div class="figures">
${overviewFigures(report).map(draw)}</div>
<p class="note"><strong>How far to trust this.</strong> ${trust(report)}</p>
</section>`
}

export function taskSection(report: StudyReport, task: StudiedTask, drawing: Drawing, draw: Draw): Markup {
  const name = taskNames(report).get(task.key) ?? ''
  return html`<section aria-labelledby="${name}">
<h2 id="${name}">${task.title}</h2>
<p>${task.shows} <code class="key">${task.key}</code></p>
${rankedTable(report, task, drawing)}
<div class="figures">
${taskFigures(report, task).map(draw)}</div>
${publishedTable(report, task)}
</section>`
}

export function tuningSection(report: StudyReport): Markup {
  return html`<section aria-labelledby="tuning">
<h2 id="tuning">Everyone tuned alike</h2>
${tuning(report).map((sentence) => html`<p>${sentence}</p>\n`)}
</section>`
}

export function repeatSection(report: StudyReport): Markup {
  const { command, version, machine, budget, seeds, search } = report
  return html`<section aria-labelledby="repeat">
<h2 id="repeat">To repeat this</h2>
<pre class="command" tabindex="0"><code>${command}</code></pre>
${factList([
  ['seqlab', version],
  ['runtime', machine.runtime],
  ['processor', machine.cpu],
  ['threads', machine.threads],
  ['workers', machine.workers],
  [`equal ${budget.kind}`, formatCount(budget.value)],
  ['seeds', seeds],
  ['rates tried', search.rates],
  ['seeds of the search', search.seeds],
])}
</section>`
}
