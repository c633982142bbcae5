import { bytesAxis, positionAxis, timeAxis } from './axes.js'
import type { Chart, Line } from './chart.js'
import { formatBytes, formatCompact, formatCount, formatMeasured } from './format.js'
import { lastPoint, medianPoint, thin } from './series.js'
import type { DecodePoint } from './types.js'

/** A model and what generation with it cost. */
export interface Decoded {
  readonly model: string
  readonly decode: readonly DecodePoint[]
}

/** Time of one generated token against its position. */
export function generationTime(models: readonly Decoded[]): Chart {
  const thinned = models.map(({ decode }) =>
    thin(
      decode.map((point) => ({ x: point.position, y: point.microseconds })),
      medianPoint,
    ),
  )
  const block = Math.max(...thinned.map((line) => line.block))
  const lines = thinned.map(({ points }, series): Line => ({ series, panel: 0, points, role: 'measured' }))
  const axis = timeAxis(along(lines, 'y'))
  const notes = [
    'A flat line is a mechanism whose cost does not depend on what came before.',
    block > 1 ? `Each point is the median of ${block} measurements.` : '',
    axis.scale === 'log' ? 'The time axis is logarithmic.' : 'The time axis starts at zero.',
  ]
  return {
    title: 'Time of a generated token against its position',
    caption: notes.filter(Boolean).join(' '),
    description: describe(models, ({ microseconds }) => `${formatMeasured(microseconds)} µs`),
    x: {
      label: 'Position in the text',
      scale: 'linear',
      domain: [0, Math.max(...along(lines, 'x'), 1)],
      format: formatCompact,
    },
    y: { label: 'Time of a token (µs)', ...axis },
    panels: [''],
    lines,
  }
}

/** Bytes that generation carries from token to token, in use and reserved, against the position. */
export function stateSize(models: readonly Decoded[]): Chart {
  const used = models.map((model, series) => stateLine(model, series, 'stateBytes', 'measured'))
  const reserved = models.flatMap((model, series) =>
    reservesMore(model) ? [stateLine(model, series, 'allocatedBytes', 'outline')] : [],
  )
  const lines = [...reserved, ...used]
  const notes = [
    'Both axes are logarithmic: a cache that keeps every token climbs along a diagonal, a state of constant size is flat.',
    reserved.length > 0 ? 'Thin steps: memory reserved, which grows in buckets.' : '',
  ]
  return {
    title: 'State carried from token to token, against position',
    caption: notes.filter(Boolean).join(' '),
    description: describe(models, ({ stateBytes }) => formatBytes(stateBytes)),
    x: { label: 'Position in the text', ...positionAxis(along(lines, 'x'), formatCompact) },
    y: { label: 'Bytes of state', ...bytesAxis(along(lines, 'y')) },
    panels: [''],
    lines,
  }
}

const reservesMore = ({ decode }: Decoded) => decode.some((point) => point.allocatedBytes > point.stateBytes)

function stateLine(
  { decode }: Decoded,
  series: number,
  bytes: 'stateBytes' | 'allocatedBytes',
  role: Line['role'],
): Line {
  const points = decode.map((point) => ({ x: point.position, y: point[bytes] }))
  // A logarithmic axis has no place for position 0, nor for an empty cache.
  const drawable = points.filter(({ x, y }) => x > 0 && y > 0)
  return { series, panel: 0, points: thin(drawable, lastPoint).points, role }
}

const along = (lines: Line[], axis: 'x' | 'y') => lines.flatMap(({ points }) => points.map((point) => point[axis]))

function describe(models: readonly Decoded[], value: (point: DecodePoint) => string): string {
  const sentences = models.flatMap(({ model, decode }) => {
    if (decode.length === 0) return []
    const at = (point: DecodePoint) => `${value(point)} at position ${formatCount(point.position)}`
    return `${model}: ${at(decode[0])}, ${at(decode[decode.length - 1])}`
  })
  return `${sentences.join('; ')}.`
}
