import { formatBytes, formatCount, formatLoss, formatMeasured } from './format.js'
import type { ModelResult } from './types.js'

/** A number that models are compared by. */
export interface Measure {
  label: string
  unit: string
  better: 'lower' | 'higher'
  /** Share of the better value within which two models count as tied. */
  tolerance: number
  value(model: ModelResult): number
  format(value: number): string
}

// Shares that another seed (losses) or a busier machine (times, memory) commonly moves a result by. A rule of thumb, and
// the report says so; sizes of state are exact.
export const lossTolerance = 0.01
export const speedTolerance = 0.05

export const measures = {
  validLoss: {
    label: 'Validation loss',
    unit: 'nats per token',
    better: 'lower',
    tolerance: lossTolerance,
    value: (model) => model.validLoss,
    format: formatLoss,
  },
  bitsPerByte: {
    label: 'Bits per byte',
    unit: '',
    better: 'lower',
    tolerance: lossTolerance,
    value: (model) => model.bitsPerByte,
    format: formatLoss,
  },
  tokensPerSecond: {
    label: 'Training speed',
    unit: 'tokens/s',
    better: 'higher',
    tolerance: speedTolerance,
    value: (model) => model.tokensPerSecond,
    format: formatCount,
  },
  microsecondsPerToken: {
    label: 'Generated token',
    unit: 'µs at position 1,000',
    better: 'lower',
    tolerance: speedTolerance,
    value: (model) => model.microsecondsPerToken,
    format: formatMeasured,
  },
  stateBytes: {
    label: 'State',
    unit: 'at position 1,000',
    better: 'lower',
    tolerance: 0,
    value: (model) => model.stateBytes,
    format: formatBytes,
  },
  peakRssMiB: {
    label: 'Peak memory',
    unit: 'MiB',
    better: 'lower',
    tolerance: speedTolerance,
    value: (model) => model.peakRssMiB,
    format: formatCount,
  },
} satisfies Record<string, Measure>

export interface Standing {
  model: ModelResult
  /** Index in the report. */
  series: number
  value: number
  /** From 1; tied models share the place of the best of them, NaN where there is none. */
  place: number
  tied: boolean
}

/**
 * Best first. A model joins the tie above it when it is within the tolerance of that tie's best. What was not measured is
 * at the end, and so is a model whose training failed, however fast it did so.
 */
export function rank(models: readonly ModelResult[], { better, tolerance, value }: Measure): Standing[] {
  const all = models.map((model, series) => ({ model, series, value: value(model) }))
  const sign = better === 'lower' ? 1 : -1
  const ranked = all.filter(isRanked).sort((a, b) => sign * (a.value - b.value))
  let leader = 0
  const places = ranked.map((one, i) => {
    const best = ranked[leader].value
    if (sign * (one.value - best) > tolerance * Math.abs(best)) leader = i
    return leader + 1
  })
  return [
    ...ranked.map((one, i) => ({
      ...one,
      place: places[i],
      tied: places.filter((place) => place === places[i]).length > 1,
    })),
    ...all.filter((one) => !isRanked(one)).map((one) => ({ ...one, place: Number.NaN, tied: false })),
  ]
}

const isRanked = ({ model, value }: { model: ModelResult; value: number }) =>
  Number.isFinite(value) && Number.isFinite(model.validLoss)
