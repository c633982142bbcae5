import type { Figure } from './chart.js'
import type { Drawing } from './drawing.js'
import { drawPlane } from './drawPlane.js'
import { visible } from './html.js'
import { drawLegend } from './legend.js'
import { themeStyle } from './theme.js'

const namespace = 'http://www.w3.org/2000/svg'

/** Planes narrower than this, in pixels, stand below each other. */
const narrowestPlane = 280
const gap = 12

/** Around a figure that stands alone: a page leaves its own. */
const margin = 12

/**
 * Draws a figure for models of these names, in colours of the theme's variables, which the surrounding style defines. The
 * key stands above, unless the rows of every plane name their models.
 *
 * @param id of this drawing, unique in its file
 */
export function drawFigure(figure: Figure, id: string, names: string[], width: number, drawing: Drawing): Element {
  const { document } = drawing
  const { planes } = figure
  const shown = names.map((name) => visible(name).replace(/\s+/g, ' '))
  const columns = Math.max(1, Math.min(planes.length, Math.floor((width + gap) / (narrowestPlane + gap))))
  const planeWidth = Math.floor((width - gap * (columns - 1)) / columns)
  const svg = document.createElementNS(namespace, 'svg')
  const drawn = new Set(planes.flatMap(({ lines }) => lines.map(({ series }) => series)))
  const legend = planes.every(({ y }) => y.rows) ? undefined : drawLegend(shown, drawn, width, drawing)
  let top = legend?.height ?? 0
  for (let first = 0; first < planes.length; first += columns) {
    const row = planes.slice(first, first + columns).map((plane) => drawPlane(plane, shown, planeWidth, drawing))
    for (const [i, plot] of row.entries()) nest(svg, plot, i * (planeWidth + gap), top)
    top += Math.max(...row.map((plot) => Number(plot.getAttribute('height'))))
  }
  if (legend) nest(svg, legend.element, 0, 0)
  // One image with one text: Plot's names of its groups would be read out, or refused, inside it.
  for (const part of svg.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label')
  const attributes = { class: 'chart', width, height: top, viewBox: `0 0 ${width} ${top}`, role: 'img' }
  for (const [name, value] of Object.entries({ ...attributes, fill: 'currentColor', 'text-anchor': 'middle' }))
    svg.setAttribute(name, `${value}`)
  svg.setAttribute('aria-label', visible(figure.title))
  const description = document.createElementNS(namespace, 'desc')
  description.textContent = visible(figure.description)
  svg.prepend(description)
  nameClips(svg, id)
  return svg
}

/** Makes a drawing an SVG file of its own: with a margin, and light or dark as its reader's system. */
export function standAlone(svg: Element, { document }: Drawing): string {
  const [width, height] = ['width', 'height'].map((side) => Number(svg.getAttribute(side)) + 2 * margin)
  svg.setAttribute('width', `${width}`)
  svg.setAttribute('height', `${height}`)
  svg.setAttribute('viewBox', `${-margin} ${-margin} ${width} ${height}`)
  const style = document.createElementNS(namespace, 'style')
  style.textContent = themeStyle
  svg.prepend(style)
  svg.setAttribute('xmlns', namespace)
  return `${svg.outerHTML}\n`
}

/** Room for {@link standAlone}'s margin on both sides. */
export const standAloneWidth = (width: number) => width - 2 * margin

function nest(svg: Element, part: Element, x: number, y: number): void {
  for (const own of ['class', 'font-family', 'font-size']) part.removeAttribute(own)
  part.setAttribute('x', `${x}`)
  part.setAttribute('y', `${y}`)
  svg.append(part)
}

/** Plot numbers its clip paths through the life of the process; named after the figure, equal reports are equal files. */
function nameClips(svg: Element, id: string): void {
  const names = new Map<string, string>()
  for (const clip of svg.querySelectorAll('[id^="plot-clip-"]')) {
    const name = `${id}-clip-${names.size + 1}`
    names.set(`url(#${clip.id})`, `url(#${name})`)
    clip.id = name
  }
  for (const clipped of svg.querySelectorAll('[clip-path]')) {
    const renamed = names.get(clipped.getAttribute('clip-path') ?? '')
    if (renamed) clipped.setAttribute('clip-path', renamed)
  }
}
