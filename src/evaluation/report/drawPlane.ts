import type { Line, Plane } from './chart.js'
import type { Drawing } from './drawing.js'
import { drawMarks } from './marks.js'

/** Below this width, in pixels, panels stand below each other. */
const narrow = 560

const usualMargin = 62
// As for the legend: the average of common sans-serif faces at 13 pixels.
const characterWidth = 7.4

/** Draws a plane for models of these names as an SVG without a key. */
export function drawPlane(plane: Plane, names: string[], width: number, { Plot, document }: Drawing): Element {
  const { x, y, panels } = plane
  const panelled = panels.length > 1
  const stacked = panelled && width < narrow
  const facet = (panel: number) => (panelled ? { [stacked ? 'fy' : 'fx']: () => panel } : {})
  const facetScale = { domain: panels.map((_, i) => i), axis: null, padding: 0.07 }
  const panelHeight = plane.height ?? (stacked ? 190 : 270)
  const { rows } = y
  const longest = rows && Math.max(...rows.map((row) => row.length))
  const marginLeft = longest ? Math.min(longest * characterWidth + 12, width * 0.45) : usualMargin

  const plot = Plot.plot({
    document,
    className: 'chart',
    width,
    height: 74 + panelHeight * (stacked ? panels.length : 1),
    marginTop: 42,
    marginLeft,
    marginRight: 14,
    marginBottom: 44,
    x: { type: x.scale, base: x.base, domain: x.domain, label: x.label, insetRight: 6, insetLeft: 2 },
    y: { type: y.scale, base: y.base, domain: y.domain, label: null },
    ...(panelled ? { [stacked ? 'fy' : 'fx']: facetScale } : {}),
    marks: [
      Plot.gridY({ ticks: y.ticks, stroke: 'var(--grid)', strokeOpacity: 1 }),
      Plot.axisY({ ticks: y.ticks, tickFormat: y.format, tickSize: 0, color: rows ? 'var(--ink)' : 'var(--muted)' }),
      Plot.axisX({
        ticks: x.ticks ?? (panelled || width < narrow ? 5 : 8),
        tickFormat: x.format,
        // Plot's own offset cuts what reaches below the line.
        labelOffset: 38,
        color: 'var(--muted)',
        facetAnchor: stacked ? 'bottom' : undefined,
      }),
      Plot.frame({ anchor: 'bottom', stroke: 'var(--edge)' }),
      // Plot would set its own label of the axis to the top of the margin, where the legend is.
      Plot.text([rows ? shortened(y.label, width) : `↑ ${y.label}`], {
        ...facet(0),
        frameAnchor: 'top-left',
        dx: -marginLeft,
        dy: -24,
        fill: rows ? 'var(--ink)' : 'var(--muted)',
        fontWeight: rows ? 600 : undefined,
      }),
      reference(plane, Plot),
      level(plane, Plot),
      ...drawMarks(plane, names, ({ panel }: Line) => facet(panel), Plot),
      ...panels.map((name, i) =>
        Plot.text([name], { ...facet(i), frameAnchor: 'top-right', dy: 4, fontWeight: 600, fill: 'var(--ink)' }),
      ),
    ],
  })
  // The theme's rules take the place of Plot's own.
  plot.querySelector('style')?.remove()
  return plot
}

function shortened(text: string, width: number): string {
  const most = Math.floor(width / characterWidth)
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}

function reference({ reference, x, y }: Plane, Plot: Drawing['Plot']) {
  if (!reference || !Number.isFinite(reference.x)) return null
  const [low, high] = x.domain ?? [0, 0]
  if (reference.x < low || reference.x > high || (reference.x === low && !y.rows)) return null
  const place =
    x.scale === 'log' ? Math.log(reference.x / low) / Math.log(high / low) : (reference.x - low) / (high - low)
  return [
    Plot.ruleX([reference.x], { stroke: 'var(--edge)', strokeWidth: 1.5, strokeDasharray: '2 2' }),
    Plot.text([reference.label], {
      x: () => reference.x,
      frameAnchor: 'top',
      textAnchor: place > 0.4 ? 'end' : 'start',
      dy: -9,
      fill: 'var(--muted)',
    }),
  ]
}

function level({ level, y }: Plane, Plot: Drawing['Plot']) {
  if (!level || !Number.isFinite(level.y)) return null
  const [low, high] = y.domain ?? [-Infinity, Infinity]
  if (level.y < low || level.y > high) return null
  return [
    Plot.ruleY([level.y], { stroke: 'var(--muted)', strokeDasharray: '1 3' }),
    Plot.text([level.label], {
      y: () => level.y,
      frameAnchor: 'right',
      textAnchor: 'end',
      dy: -7,
      fill: 'var(--muted)',
      stroke: 'var(--paper)',
      strokeWidth: 3,
    }),
  ]
}
