import type { Axis, Chart, Line } from './chart.js'
import { formatBytes, formatCompact, formatCount, formatList, formatMeasured } from './format.js'
import { lastPoint, medianPoint, thin } from './series.js'
import type { ComparisonReport, ModelResult } from './types.js'

/** Where the table and the words take the cost of generation from. */
const reference = { x: 1000, label: 'position 1,000' }

/** Time of one generated token against its position. */
export function generationTime({ models }: ComparisonReport): Chart {
  const thinned = models.map(({ decode }) =>
    thin(decode.map(({ position, microseconds }) => ({ x: position, y: microseconds })), medianPoint),
  )
  const block = Math.max(...thinned.map((line) => line.block))
  const lines = thinned.map(({ points }, series): Line => ({ series, panel: 0, points, role: 'measured' }))
  const times = lines.flatMap(({ points }) => points.map(({ y }) => y))
  // Beyond this ratio the cheap models would lie on the axis itself.
  const log = Math.min(...times) > 0 && Math.max(...times) > 30 * Math.min(...times)
  return {
    title: 'Time of a generated token against its position',
    caption: [
      'A flat line is a mechanism whose cost does not depend on what came before.',
      block > 1 ? `A point is the median of up to ${block} measurements.` : '',
      log ? 'The time axis is logarithmic.' : 'The time axis starts at zero.',
    ]
      .filter(Boolean)
      .join(' '),
    description: describe(models, 'Time of a token', ({ microseconds }) => `${formatMeasured(microseconds)} µs`),
    x: { label: 'Position in the text', scale: 'linear', domain: [0, furthest(lines)], format: formatCompact },
    y: {
      label: 'Time of a token (µs)',
      format: formatMeasured,
      ...(log ? { scale: 'log' } : { scale: 'linear', domain: [0, 1.05 * Math.max(...times, 1)] }),
    },
    panels: [''],
    lines,
    reference,
  }
}

/** Bytes that generation carries from token to token, in use and reserved, against the position. */
export function stateSize({ models }: ComparisonReport): Chart {
  const measured = (pick: 'stateBytes' | 'allocatedBytes') =>
    models.map(
      ({ decode }) => thin(decode.map((point) => ({ x: point.position, y: point[pick] })).filter(onLogAxes), lastPoint).points,
    )
  const used = measured('stateBytes')
  const allocated = measured('allocatedBytes')
  const lines = [
    ...allocated.flatMap((points, series): Line[] => (reserves(models[series]) ? [{ series, panel: 0, points, role: 'outline' }] : [])),
    ...used.map((points, series): Line => ({ series, panel: 0, points, role: 'measured' })),
  ]
  const nearest = Math.min(...lines.flatMap(({ points }) => points.map(({ x }) => x)), 1000)
  return {
    title: 'State carried from token to token, against position',
    caption: [
      'Both axes are logarithmic: a cache that keeps every token climbs along a diagonal, a state of constant size is flat.',
      models.some(reserves) ? 'Thin steps: memory reserved, which grows in buckets.' : '',
    ]
      .filter(Boolean)
      .join(' '),
    description: describe(models, 'State', ({ stateBytes }) => formatBytes(stateBytes)),
    x: {
      label: 'Position in the text',
      scale: 'log',
      domain: [nearest, Math.max(furthest(lines), nearest + 1)],
      ticks: powersBetween(10, nearest, furthest(lines)),
      format: formatCompact,
    },
    y: { label: 'Bytes of state', ...bytesAxis(lines.flatMap(({ points }) => points.map(({ y }) => y))) },
    panels: [''],
    lines,
    reference,
  }
}

const reserves = ({ decode }: ModelResult) => decode.some((point) => point.allocatedBytes !== point.stateBytes)

const onLogAxes = ({ x, y }: { x: number; y: number }) => x > 0 && y > 0

const furthest = (lines: Line[]) => Math.max(...lines.flatMap(({ points }) => points.map(({ x }) => x)), 1)

/** A logarithmic axis in powers of two, with a tick every 2, 4, 16 or 256 times. */
function bytesAxis(bytes: number[]): Omit<Axis, 'label'> {
  const low = Math.floor(Math.log2(Math.min(...bytes, 2 ** 40))) - 1
  const high = Math.max(Math.ceil(Math.log2(Math.max(...bytes, 1))) + 1, low + 1)
  const base = [2, 4, 16, 256].find((base) => (high - low) / Math.log2(base) <= 6) ?? 1024
  return { scale: 'log', base: 2, domain: [2 ** low, 2 ** high], ticks: powersBetween(base, 2 ** low, 2 ** high), format: formatBytes }
}

function powersBetween(base: number, low: number, high: number): number[] {
  const powers = Array.from({ length: 64 }, (_, i) => base ** i)
  return powers.filter((power) => power >= low && power <= high)
}

function describe(
  models: ModelResult[],
  what: string,
  value: (point: ModelResult['decode'][number]) => string,
): string {
  const sentences = models.flatMap(({ model, decode }) => {
    if (decode.length === 0) return []
    const [first, end] = [decode[0], decode[decode.length - 1]]
    return `${model}: ${value(first)} at position ${formatCount(first.position)}, ${value(end)} at ${formatCount(end.position)}`
  })
  return `${what} – ${formatList(sentences)}.`
}
