import { hasData } from './chart.js'
import type { Drawing } from './drawing.js'
import { type Fact, factList, leaves } from './facts.js'
import { figureMarkup } from './figureMarkup.js'
import { figureIds, placedFigure } from './figures.js'
import { formatCount, formatList, formatLoss, formatSeconds } from './format.js'
import { html, type Markup } from './html.js'
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
  const names = report.models.map(({ model }) => model)
  const drawn = figureIds
    .map((id) => placedFigure(report, id))
    .filter(({ figure }) => hasData(figure))
    .map((placed, i) => figureMarkup(placed, i + 1, names, drawing))
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
  const facts: Fact[] = [
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
${factList(facts)}
<h2>Configurations</h2>
${configurations}
</section>`
}
