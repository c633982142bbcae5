import type { Figure } from './chart.js'
import { drawFigure } from './drawFigure.js'
import type { Drawing } from './drawing.js'
import { html, type Markup, trusted } from './html.js'

/** A figure and the width in pixels that it is drawn at where there is room; a wide one takes a row. */
export interface PlacedFigure {
  id: string
  figure: Figure
  width: number
}

export const wholeWidth = 940
export const halfWidth = 460
const narrowWidth = 336
const widestHalf = 600

/** A figure for a page that brings the style: its number and words, and its SVG drawn wide and narrow. */
export function figureMarkup(
  { id, figure, width }: PlacedFigure,
  number: number,
  names: string[],
  drawing: Drawing,
): Markup {
  const draw = (suffix: string, width: number) =>
    trusted(drawFigure(figure, `${id}-${suffix}`, names, width, drawing).outerHTML)
  return html`<figure id="${id}"${trusted(width > widestHalf ? ' class="whole"' : '')}>
<figcaption><strong>Figure ${number}. ${figure.title}.</strong> ${figure.caption}</figcaption>
<div class="wide">${draw('wide', width)}</div>
<div class="narrow">${draw('narrow', narrowWidth)}</div>
</figure>\n`
}
