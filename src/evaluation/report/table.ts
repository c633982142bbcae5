import type { Drawing } from './drawing.js'
import { formatCount } from './format.js'
import { html, type Markup, trusted } from './html.js'
import { drawSample } from './legend.js'
import { measures, rank } from './ranking.js'
import { scrollTable } from './scrollTable.js'
import type { ComparisonReport } from './types.js'

/** All models by validation loss, the best of each column marked. */
export function rankedTable({ models }: ComparisonReport, drawing: Drawing): Markup {
  const columns = Object.values(measures).map((measure) => ({ measure, standings: rank(models, measure) }))
  const head = columns.map(
    ({ measure: { label, unit } }) => html`<th scope="col">${label} <span class="unit">${unit}</span></th>`,
  )
  const rows = columns[0].standings.map(({ model, series, place, tied }) => {
    const cells = columns.map(({ measure, standings }) => {
      const standing = standings.find((one) => one.series === series)
      const text = measure.format(measure.value(model))
      if (models.length === 1 || standing?.place !== 1) return html`<td>${text}</td>`
      return html`<td class="best"><strong>${text}</strong><span class="hidden"> (best${standing.tied ? ', tied' : ''})</span></td>`
    })
    const rankText = place > 0 ? `${place}${tied ? '=' : ''}` : '–'
    return html`<tr><td>${rankText}</td><th scope="row"><span class="model">${trusted(drawSample(series, drawing).outerHTML)}${model.model}</span></th><td>${formatCount(model.params)}</td>${cells}</tr>\n`
  })
  const explanation =
    models.length > 1
      ? html`Ordered by validation loss. <strong class="best">Marked</strong>: the best of a column, and what is tied with it; “=” marks tied ranks.`
      : ''
  const names = ['Rank', 'Model', 'Parameters'].map((name) => html`<th scope="col">${name}</th>`)
  return scrollTable({
    label: 'Table of all models',
    class: 'ranked',
    caption: explanation,
    head: [...names, ...head],
    rows,
  })
}
