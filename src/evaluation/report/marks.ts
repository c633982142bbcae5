import type { Axis, Line, Plane } from './chart.js'
import type { Drawing } from './drawing.js'
import { markerPoints, type Point } from './series.js'
import { seriesLook } from './theme.js'

type Facet = (line: Line) => object

/** The marks of a plane's lines: what is faint lies below what is measured. */
export function drawMarks(plane: Plane, names: string[], facet: Facet, Plot: Drawing['Plot']) {
  const { lines } = plane
  const strokes = ['seed', 'outline', 'front', 'measured'] as const
  return [
    ...strokes.flatMap((role) =>
      lines.filter((line) => line.role === role).map((line) => stroke(line, names, facet(line), Plot)),
    ),
    ...lines.filter(({ role }) => role === 'dots').map((line) => dots(line, facet(line), Plot)),
    ...lines.flatMap((line) => intervals(line, names, plane, facet(line), Plot)),
    ...lines.filter(isMarked).map((line) => markers(line, names, plane, facet(line), Plot)),
  ]
}

const isMarked = ({ role }: Line) => role === 'measured' || role === 'points' || role === 'chosen'

const hasIntervals = ({ points }: Line) => points.some(({ low }) => low !== undefined)

/** Pixels that a line with intervals moves sideways, so that those of several models do not hide each other. */
const aside = (line: Line, names: string[]) =>
  (line.role === 'measured' || line.role === 'chosen') && hasIntervals(line)
    ? (line.series - (names.length - 1) / 2) * Math.min(4, 20 / names.length)
    : 0

function stroke(line: Line, names: string[], facet: object, Plot: Drawing['Plot']) {
  const { color, dash } = seriesLook(line.series)
  const shape = {
    measured: { stroke: color, strokeWidth: 2, strokeDasharray: dash },
    outline: { stroke: color, strokeWidth: 1, curve: 'step-after' as const },
    seed: { stroke: color, strokeWidth: 1, strokeOpacity: 0.45 },
    front: { stroke: 'var(--muted)', strokeWidth: 1.25, curve: 'step-after' as const },
  }[line.role as 'measured' | 'outline' | 'seed' | 'front']
  return Plot.line(line.points, { ...facet, ...shape, x: 'x', y: 'y', dx: aside(line, names), clip: true })
}

function dots({ series, points }: Line, facet: object, Plot: Drawing['Plot']) {
  const { color } = seriesLook(series)
  return Plot.dot(points, { ...facet, x: 'x', y: 'y', r: 2, fill: color, fillOpacity: 0.6, clip: true })
}

/** Intervals end at the axes: a logarithmic one has no place for an end below 0. */
function intervals(line: Line, names: string[], { x, y }: Plane, facet: object, Plot: Drawing['Plot']) {
  const look = { ...facet, stroke: seriesLook(line.series).color, strokeWidth: 1.5 }
  const upright = line.points.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high))
  const level = line.points.filter(({ left, right }) => Number.isFinite(left) && Number.isFinite(right))
  const inside = ({ domain = [-Infinity, Infinity] }: Axis, value = 0) =>
    Math.min(Math.max(value, Math.min(...domain)), Math.max(...domain))
  const ends = {
    y1: (point: Point) => inside(y, point.low),
    y2: (point: Point) => inside(y, point.high),
    x1: (point: Point) => inside(x, point.left),
    x2: (point: Point) => inside(x, point.right),
  }
  return [
    ...(upright.length > 0
      ? [Plot.ruleX(upright, { ...look, x: 'x', y1: ends.y1, y2: ends.y2, dx: aside(line, names) })]
      : []),
    ...(level.length > 0 ? [Plot.ruleY(level, { ...look, y: 'y', x1: ends.x1, x2: ends.x2 })] : []),
  ]
}

function markers(line: Line, names: string[], { x, y }: Plane, facet: object, Plot: Drawing['Plot']) {
  const { series, points, role } = line
  const { color, symbol } = seriesLook(series)
  const [top, bottom] = y.domain ?? [-Infinity, Infinity]
  const [low, high] = [Math.min(top, bottom), Math.max(top, bottom)]
  const marked = role === 'measured' && !hasIntervals(line) ? markerPoints(points, series, x.scale) : points
  const told = (point: Point) => (y.rows ? x.format(point.x) : `${y.format(point.y)} at ${x.format(point.x)}`)
  return Plot.dot(
    marked.filter((point) => point.y >= low && point.y <= high),
    {
      ...facet,
      x: 'x',
      y: 'y',
      dx: aside(line, names),
      symbol,
      r: 4,
      fill: role === 'chosen' ? color : 'var(--paper)',
      stroke: color,
      strokeWidth: 1.75,
      title: (point: Point) => `${names[series]}: ${told(point)}`,
    },
  )
}
