/** Points of figures made of numbers from several seeds. */
import type { Point } from '../../report/series.js'
import { meanInterval } from '../../statistics.js'

export interface Sample {
  readonly x: number
  readonly value: number
}

/** Mean and interval at each x, in ascending order; without an interval where there is one value. */
export function meanPoints(samples: readonly Sample[]): Point[] {
  const groups = new Map<number, number[]>()
  for (const { x, value } of samples.filter(({ value }) => Number.isFinite(value)))
    groups.set(x, [...(groups.get(x) ?? []), value])
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([x, values]) => {
      const { mean, low, high } = meanInterval(values)
      return values.length > 1 ? { x, y: mean, low, high } : { x, y: mean }
    })
}

/** At most 8 of some values for an axis to label, the ends among them. */
export function someOf(values: readonly number[]): number[] {
  const sorted = [...new Set(values)].sort((a, b) => a - b)
  const every = Math.ceil(sorted.length / 8)
  return sorted.filter((_, i) => (sorted.length - 1 - i) % every === 0)
}
