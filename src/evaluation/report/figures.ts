import type { Chart } from './chart.js'
import { generationTime, stateSize } from './decodeCharts.js'
import { drawChart } from './drawChart.js'
import { type Drawing, type DrawingOptions, openDrawing } from './drawing.js'
import { visible } from './html.js'
import { lossBySteps, lossByTime, lossByTokens } from './lossCharts.js'
import { themeStyle } from './theme.js'
import type { ComparisonReport } from './types.js'

/** The figures of a report, in its order, with the width in pixels that each is drawn at where there is room. */
const figures = {
  'loss-steps': { chart: lossBySteps, width: 940 },
  'loss-tokens': { chart: lossByTokens, width: 940 },
  'loss-time': { chart: lossByTime, width: 940 },
  'generation-time': { chart: generationTime, width: 460 },
  'state-bytes': { chart: stateSize, width: 460 },
} satisfies Record<string, { chart: (report: ComparisonReport) => Chart; width: number }>

export type FigureId = keyof typeof figures

export const figureIds = Object.keys(figures) as FigureId[]

const narrowWidth = 336

/** Around a figure that stands alone: a page leaves its own. */
const margin = 12

/**
 * One figure of a report as an SVG file of its own, for a README or a paper: light or dark as its reader's system.
 * `width` is in pixels.
 *
 * @throws when there is no such figure, or no model.
 */
export async function renderFigure(
  report: ComparisonReport,
  figureId: FigureId,
  options: DrawingOptions & { width?: number } = {},
): Promise<string> {
  if (!(figureId in figures)) {
    throw new Error(`report: figure must be one of ${figureIds.join(', ')}, got ${figureId}`)
  }
  const drawing = await openDrawing(report, options)
  const { chart, width } = figures[figureId]
  const svg = draw(chart(report), report, figureId, (options.width ?? width) - 2 * margin, drawing)
  addMargin(svg)
  const style = drawing.document.createElementNS('http://www.w3.org/2000/svg', 'style')
  style.textContent = themeStyle
  svg.prepend(style)
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return `${svg.outerHTML}\n`
}

/** A figure for a page that brings the style: its chart, and its SVG drawn wide and narrow. */
export function drawFigure(report: ComparisonReport, id: FigureId, drawing: Drawing) {
  const { chart: describe, width } = figures[id]
  const chart = describe(report)
  return {
    id,
    chart,
    wide: draw(chart, report, `${id}-wide`, width, drawing).outerHTML,
    narrow: draw(chart, report, `${id}-narrow`, narrowWidth, drawing).outerHTML,
  }
}

function draw(chart: Chart, { models }: ComparisonReport, id: string, width: number, drawing: Drawing): Element {
  const names = models.map(({ model }) => visible(model).replace(/\s+/g, ' '))
  const svg = drawChart({ ...chart, description: visible(chart.description) }, names, width, drawing)
  nameClips(svg, id)
  return svg
}

function addMargin(svg: Element): void {
  const [width, height] = ['width', 'height'].map((side) => Number(svg.getAttribute(side)) + 2 * margin)
  svg.setAttribute('width', `${width}`)
  svg.setAttribute('height', `${height}`)
  svg.setAttribute('viewBox', `${-margin} ${-margin} ${width} ${height}`)
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
