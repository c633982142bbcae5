import type { Drawing } from './drawing.js'
import { drawFigure, figureIds } from './figures.js'
import { formatCount, formatList, formatLoss, formatSeconds } from './format.js'
import { html, type Markup, trusted } from './html.js'
import { findings, growth, standfirst, trust } from './summary.js'
import { rankedTable } from './table.js'
import type { ComparisonReport } from './types.js'

export function summarySection(report: ComparisonReport): Markup {
  const cards = findings(report).map(
    ({ question, answer, value, detail }) => html`<div><dt>${question}</dt>
<dd><strong>${answer}</strong><span class="value">${value}</span><span class="detail">${detail}</span></dd></div>\n`,
  )
  const failed = report.models.filter(({ validLoss }) => !Number.isFinite(validLoss)).map(({ model }) => model)
  return html`<header>
<h1>${report.title}</h1>
<p class="standfirst">${standfirst(report)}</p>
</header>
<section aria-labelledby="summary">
<h2 id="summary">Summary</h2>
${cards.length > 0 ? html`<dl class="findings">\n${cards}</dl>` : ''}
${failed.length > 0 ? html`<p class="note"><strong>Not ranked,</strong> as training did not end with a finite loss: ${formatList(failed)}.</p>` : ''}
<p class="note"><strong>How far to trust this.</strong> ${trust(report)}</p>
</section>`
}

export function rankingSection(report: ComparisonReport, drawing: Drawing): Markup {
  return html`<section aria-labelledby="ranking">
<h2 id="ranking">Results</h2>
${rankedTable(report, drawing)}
</section>`
}

export function figuresSection(report: ComparisonReport, drawing: Drawing): Markup {
  const measured = figureIds
    .map((id) => drawFigure(report, id, drawing))
    .filter(({ chart }) => chart.lines.some(({ points }) => points.length > 0))
  const drawn = measured.map(({ id, chart, wide, narrow }, i) => {
    return html`<figure id="${id}"${trusted(chart.panels.length > 1 ? ' class="whole"' : '')}>
<figcaption><strong>Figure ${i + 1}. ${chart.title}.</strong> ${chart.caption}</figcaption>
<div class="wide">${trusted(wide)}</div>
<div class="narrow">${trusted(narrow)}</div>
</figure>\n`
  })
  const growing = growth(report).map((sentence) => html`<li>${sentence}</li>\n`)
  return html`<section aria-labelledby="figures">
<h2 id="figures">Learning and generating</h2>
<div class="figures">
${drawn}</div>
${growing.length > 0 ? html`<p>How the cost of generation grows; times are medians over the first and the last tenth of the positions measured.</p>\n<ul>${growing}</ul>` : ''}
</section>`
}

export function samplesSection({ models }: ComparisonReport): Markup {
  const samples = models.map(
    ({ model, sample, validLoss }) => html`<article>
<h3>${model} <span class="unit">validation loss ${formatLoss(validLoss)}</span></h3>
<pre class="sample" lang="">${sample || '(no text)'}</pre>
</article>\n`,
  )
  return html`<section aria-labelledby="samples">
<h2 id="samples">A sample of text from each</h2>
<div class="samples">
${samples}</div>
</section>`
}

export function repeatSection({ command, version, machine, data, settings, models }: ComparisonReport): Markup {
  const facts: [string, unknown][] = [
    ['seqlab', version],
    ['runtime', machine.runtime],
    ['processor', machine.cpu],
    ['threads', machine.threads],
    ['data', data.name],
    ['tokenizer', data.tokenizer],
    ['training tokens', formatCount(data.trainTokens)],
    ['validation tokens', formatCount(data.validTokens)],
    ...leaves(settings),
  ]
  const configurations = models.map(
    ({ model, params, seconds, configuration }) => html`<details>
<summary><h3>${model}</h3> <span class="unit">${formatCount(params)} parameters, trained in ${formatSeconds(seconds)}</span></summary>
<pre tabindex="0"><code>${JSON.stringify(configuration, null, 2) ?? 'not given'}</code></pre>
</details>\n`,
  )
  return html`<section aria-labelledby="repeat">
<h2 id="repeat">To repeat this</h2>
<pre class="command" tabindex="0"><code>${command}</code></pre>
<dl class="facts">
${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${shownValue(value)}</dd></div>\n`)}</dl>
<h2>Configurations</h2>
${configurations}
</section>`
}

/** The values in a nested object with their dotted paths. */
function leaves(values: object, path = ''): [string, unknown][] {
  return Object.entries(values).flatMap(([name, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? leaves(value, `${path}${name}.`)
      : [[path + name, value]],
  )
}

const shownValue = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(shownValue).join(', ')
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'not set')
}
