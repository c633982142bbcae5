import type * as PlotModule from '@observablehq/plot'
import type { Chart, Line } from './chart.js'
import type { Drawing } from './drawing.js'
import { drawLegend } from './legend.js'
import { markerPoints, type Point } from './series.js'
import { seriesLook } from './theme.js'

/** Below this width, in pixels, panels stand below each other. */
const narrow = 560

const marginLeft = 62

/** Draws a chart for models of these names, in colours of the theme's variables, which the surrounding style defines. */
export function drawChart(chart: Chart, names: string[], width: number, { Plot, document }: Drawing): Element {
  const panelled = chart.panels.length > 1
  const stacked = panelled && width < narrow
  const facet = (panel: number) => (panelled ? { [stacked ? 'fy' : 'fx']: () => panel } : {})
  const facetScale = { domain: chart.panels.map((_, i) => i), axis: null, padding: 0.07 }
  const legend = drawLegend(names, width, { Plot, document })
  const panelHeight = stacked ? 190 : 270

  const plot = Plot.plot({
    document,
    className: 'chart',
    width,
    height: legend.height + 72 + panelHeight * (stacked ? chart.panels.length : 1),
    marginTop: legend.height + 42,
    marginLeft,
    marginRight: 14,
    marginBottom: 42,
    x: { type: chart.x.scale, domain: chart.x.domain, label: chart.x.label, insetRight: 6, insetLeft: 2 },
    y: { type: chart.y.scale, base: chart.y.base, domain: chart.y.domain, label: null },
    ...(panelled ? { [stacked ? 'fy' : 'fx']: facetScale } : {}),
    marks: [
      Plot.gridY({ ticks: chart.y.ticks, stroke: 'var(--grid)', strokeOpacity: 1 }),
      Plot.axisY({ ticks: chart.y.ticks, tickFormat: chart.y.format, tickSize: 0, color: 'var(--muted)' }),
      Plot.axisX({
        ticks: chart.x.ticks ?? (panelled || width < narrow ? 5 : 8),
        tickFormat: chart.x.format,
        color: 'var(--muted)',
        facetAnchor: stacked ? 'bottom' : undefined,
      }),
      Plot.frame({ anchor: 'bottom', stroke: 'var(--edge)' }),
      // Plot would set its own label of the axis to the top of the margin, where the legend is.
      Plot.text([`↑ ${chart.y.label}`], {
        ...facet(0),
        frameAnchor: 'top-left',
        dx: -marginLeft,
        dy: -24,
        fill: 'var(--muted)',
      }),
      reference(chart, Plot),
      ...chart.lines.map((line) => stroke(line, facet(line.panel), Plot)),
      ...chart.lines.filter(isMeasured).map((line) => markers(line, names, chart, facet(line.panel), Plot)),
      ...chart.panels.map((name, i) =>
        Plot.text([name], { ...facet(i), frameAnchor: 'top-right', dy: 4, fontWeight: 600, fill: 'var(--ink)' }),
      ),
    ],
  })
  // The theme's rules take the place of Plot's own.
  plot.querySelector('style')?.remove()
  plot.append(legend.element)
  // One image with one text: Plot's names of its groups would be read out, or refused, inside it.
  for (const part of plot.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label')
  plot.setAttribute('role', 'img')
  plot.setAttribute('aria-label', chart.title)
  const description = document.createElementNS('http://www.w3.org/2000/svg', 'desc')
  description.textContent = chart.description
  plot.prepend(description)
  return plot
}

const isMeasured = (line: Line) => line.role === 'measured'

function stroke({ series, points, role }: Line, facet: object, Plot: typeof PlotModule) {
  const { color, dash } = seriesLook(series)
  const shape =
    role === 'measured' ? { strokeWidth: 2, strokeDasharray: dash } : { strokeWidth: 1, curve: 'step-after' as const }
  return Plot.line(points, { ...facet, ...shape, x: 'x', y: 'y', stroke: color, clip: true })
}

function markers({ series, points }: Line, names: string[], { x, y }: Chart, facet: object, Plot: typeof PlotModule) {
  const { color, symbol } = seriesLook(series)
  const [low, high] = y.domain ?? [-Infinity, Infinity]
  return Plot.dot(
    markerPoints(points, series, x.scale).filter((point) => point.y >= low && point.y <= high),
    {
      ...facet,
      x: 'x',
      y: 'y',
      symbol,
      r: 4,
      fill: 'var(--paper)',
      stroke: color,
      strokeWidth: 1.75,
      title: (point: Point) => `${names[series]}: ${y.format(point.y)} at ${x.format(point.x)}`,
    },
  )
}

function reference({ reference, x }: Chart, Plot: typeof PlotModule) {
  if (!reference) return null
  const [low, high] = x.domain ?? [0, 0]
  if (reference.x <= low || reference.x > high) return null
  return [
    Plot.ruleX([reference.x], { stroke: 'var(--edge)', strokeDasharray: '2 2' }),
    Plot.text([reference.label], {
      x: () => reference.x,
      frameAnchor: 'top',
      textAnchor: 'end',
      dy: -24,
      fill: 'var(--muted)',
    }),
  ]
}
