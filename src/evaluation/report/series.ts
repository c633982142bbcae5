export interface Point {
  x: number
  y: number
  /** An interval of y. */
  low?: number
  high?: number
  /** An interval of x. */
  left?: number
  right?: number
}

/** Enough for a smooth line, few enough for a page of some hundred kilobytes. */
const pointsPerLine = 80

/**
 * A line of at most 80 points (or `most`): consecutive ones are gathered into equal blocks of which `gather` makes one. Points that
 * are not finite are left out.
 */
export function thin(
  points: readonly Point[],
  gather: (block: Point[]) => Point,
  most = pointsPerLine,
): { points: Point[]; block: number } {
  const finite = points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
  const block = Math.max(1, Math.ceil(finite.length / most))
  const blocks = Array.from({ length: Math.ceil(finite.length / block) }, (_, i) =>
    finite.slice(i * block, (i + 1) * block),
  )
  return { points: blocks.map(gather), block }
}

/** For noise that is about even on both sides: a training loss. */
export const meanPoint = (block: Point[]): Point => ({ x: meanOf(block, 'x'), y: meanOf(block, 'y') })

/** For noise that only ever adds, in spikes: a time. */
export const medianPoint = (block: Point[]): Point => {
  const sorted = block.map(({ y }) => y).sort((a, b) => a - b)
  const half = sorted.length >> 1
  return { x: meanOf(block, 'x'), y: sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2 }
}

/** For exact values, where a middle would invent one. */
export const lastPoint = (block: Point[]): Point => block[block.length - 1]

const meanOf = (block: Point[], axis: 'x' | 'y') => block.reduce((sum, point) => sum + point[axis], 0) / block.length

/**
 * Some points of a line to carry its marker, evenly spread along the axis and shifted from series to series, so that
 * lines on top of each other show.
 */
export function markerPoints(points: readonly Point[], series: number, scale: 'linear' | 'log'): Point[] {
  if (points.length === 0) return []
  const place = ({ x }: Point) => (scale === 'log' ? Math.log(x) : x)
  const start = place(points[0])
  const length = place(points[points.length - 1]) - start
  const count = 6
  const targets = Array.from({ length: count }, (_, i) => start + (length * (i + (series % 4) / 4)) / count)
  const away = (target: number) => (point: Point) => Math.abs(place(point) - target)
  const nearest = targets.map((target) => {
    const distance = away(target)
    return points.reduce((best, point) => (distance(point) < distance(best) ? point : best))
  })
  return [...new Set([...nearest, points[points.length - 1]])]
}
