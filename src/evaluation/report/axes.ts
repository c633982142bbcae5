import type { Axis } from './chart.js'
import { formatBytes, formatMeasured } from './format.js'

type Range = Omit<Axis, 'label'>

/** An axis for times in microseconds from zero; logarithmic where the shortest would lie on the zero line itself. */
export function timeAxis(times: number[]): Range {
  const [low, high] = [Math.min(...times), Math.max(...times, 1)]
  if (!(low > 0 && high > 30 * low)) return { scale: 'linear', domain: [0, 1.05 * high], format: formatMeasured }
  const decades = [1, 2, 5].flatMap((digit) => powers(10).map((power) => digit * power))
  return { scale: 'log', ticks: within(decades, low, high), format: formatMeasured }
}

/** A logarithmic axis for sizes, from one power of two to another, with a tick every 2, 4, 16 or 256 times. */
export function bytesAxis(sizes: number[]): Range {
  const low = Math.floor(Math.log2(Math.min(...sizes, 2 ** 40))) - 1
  const high = Math.max(Math.ceil(Math.log2(Math.max(...sizes, 1))), low) + 1
  const step = [2, 4, 16, 256].find((step) => (high - low) / Math.log2(step) <= 6) ?? 1024
  const domain: [number, number] = [2 ** low, 2 ** high]
  return { scale: 'log', base: 2, domain, ticks: within(powers(step), ...domain), format: formatBytes }
}

/** A logarithmic axis for positions, with a tick at every power of ten. */
export function positionAxis(positions: number[], format: Axis['format']): Range {
  const low = Math.min(...positions, 1000)
  const high = Math.max(...positions, low + 1)
  return { scale: 'log', domain: [low, high], ticks: within(powers(10), low, high), format }
}

/** Ticks of a logarithmic axis: powers of ten, with 2 and 5 times these where there are few. */
export function logTicks(low: number, high: number): number[] {
  const tens = Array.from({ length: 61 }, (_, i) => 10 ** (i - 30))
  const sparse = within(tens, low, high)
  if (sparse.length > 1) return sparse.filter((_, i) => i % Math.ceil(sparse.length / 8) === 0)
  return within(
    tens.flatMap((ten) => [1, 2, 5].map((digit) => digit * ten)),
    low,
    high,
  )
}

const powers = (base: number) => Array.from({ length: 52 / Math.log2(base) }, (_, i) => base ** i)

const within = (values: number[], low: number, high: number) => values.filter((value) => value >= low && value <= high)
