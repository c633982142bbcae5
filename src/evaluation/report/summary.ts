import { formatBytes, formatCompact, formatCount, formatList, formatMeasured, formatPercent } from './format.js'
import { lossTolerance, type Measure, measures, rank, speedTolerance } from './ranking.js'
import { medianPoint, type Point } from './series.js'
import type { ComparisonReport, DecodePoint, ModelResult } from './types.js'

/** What a comparison found on one question. */
export interface Finding {
  question: string
  /** Who is best; a tie names all of them. */
  answer: string
  value: string
  /** How far the others are. */
  detail: string
}

/** The four questions of a comparison with their answers; none where nothing can be compared. */
export function findings({ models }: ComparisonReport): Finding[] {
  if (models.length < 2 || !models.some(({ validLoss }) => Number.isFinite(validLoss))) return []
  return [
    finding(models, 'Lowest validation loss', measures.validLoss, ['higher', 'high']),
    finding(models, 'Fastest to train', measures.tokensPerSecond, ['slower', 'slow']),
    finding(models, 'Cheapest to generate', measures.microsecondsPerToken, ['longer', 'long']),
    finding(models, 'Smallest state', measures.stateBytes, ['larger', 'large']),
  ]
}

type Words = [comparative: string, positive: string]

function finding(models: ModelResult[], question: string, measure: Measure, words: Words): Finding {
  const finite = rank(models, measure).filter(({ place }) => place > 0)
  const best = finite.filter(({ place }) => place === 1)
  const others = finite.filter(({ place }) => place > 1)
  if (best.length === 0) return { question, answer: 'None', value: '', detail: 'It was not measured.' }
  const range = [...new Set([best[0], best[best.length - 1]].map(({ value }) => measure.format(value)))]
  const equal = best.every(({ value }) => value === best[0].value)
  const tie = equal ? 'Exactly equal.' : `A tie: within ${formatPercent(measure.tolerance)}.`
  const details = [...new Set([others[0], others[others.length - 1]])].map((other, i) => {
    if (!other) return ''
    const apart = distance(other.value, best[0].value, measure.better, words)
    return `${i === 0 ? 'Next' : 'Last'}: ${other.model.model}, ${measure.format(other.value)}${apart}.`
  })
  return {
    question,
    answer: formatList(best.map(({ model }) => model.model)),
    value: `${range.join(' to ')} ${measure.unit}`,
    detail: [best.length > 1 ? tie : '', ...details].filter(Boolean).join(' '),
  }
}

/** "12% higher", from one and a half on "2.1 times as high"; of speeds, "12% slower". */
function distance(value: number, best: number, better: Measure['better'], [comparative, positive]: Words): string {
  if (best <= 0 || value <= 0) return ''
  if (better === 'higher') return ` (${formatPercent(1 - value / best)} ${comparative})`
  const ratio = value / best
  return ratio < 1.5
    ? ` (${formatPercent(ratio - 1)} ${comparative})`
    : ` (${formatMeasured(ratio)} times as ${positive})`
}

/** What was compared, and whether on equal footing. */
export function standfirst({ models, data }: ComparisonReport): string {
  const params = models.map((model) => model.params)
  const tokens = models.map(({ curve }) => curve[curve.length - 1]?.tokens ?? 0)
  const [fewest, most] = [Math.min(...tokens), Math.max(...tokens)]
  const read =
    fewest === most ? `${formatCompact(most)} tokens` : `${formatCompact(fewest)} to ${formatCompact(most)} tokens`
  if (models.length === 1) {
    return `${models[0].model}, with ${formatCount(params[0])} parameters, trained on ${read} of ${data.name}.`
  }
  const spread = Math.max(...params) / Math.min(...params) - 1
  const sizes = spread === 0 ? 'equal' : `within ${formatPercent(spread)} of each other`
  return `${models.length} models, each trained on ${read} of ${data.name}, with parameter counts ${sizes}.`
}

/** How much the figures can carry. */
export function trust({ models }: ComparisonReport): string {
  if (models.length === 1)
    return 'The model was trained once, from one seed, so no interval can be given for any figure here.'
  return [
    'Every model was trained once, from one seed, so no interval can be given for any figure here.',
    `Losses within ${formatPercent(lossTolerance)}, and times, speeds and memory within ${formatPercent(speedTolerance)},`,
    'are called a tie: as much as another seed or a busier machine commonly changes.',
    'That is a rule of thumb, not a measurement of this run; sizes of state are exact.',
  ].join(' ')
}

/** How the state and the time of a token change along a text, model by model. */
export function growth({ models }: ComparisonReport): string[] {
  return models.flatMap(({ model, decode }) => {
    if (decode.length < 2) return []
    const times = decode.map(({ position, microseconds }) => ({ x: position, y: microseconds }))
    const tenth = Math.ceil(times.length / 10)
    const [early, late] = [medianPoint(times.slice(0, tenth)), medianPoint(times.slice(-tenth))]
    const about = ({ x, y }: Point) => `${formatMeasured(y)} µs about position ${formatCount(x)}`
    return `${model} ${stateGrowth(decode)}; a token takes ${about(early)} and ${about(late)}.`
  })
}

function stateGrowth(decode: DecodePoint[]): string {
  const [first, end] = [decode[0], decode[decode.length - 1]]
  const settled = decode.find(({ stateBytes }) => stateBytes === end.stateBytes) ?? end
  if (settled === first) return `keeps a state of ${formatBytes(end.stateBytes)} at every position`
  if (settled !== end) {
    return `fills its state of ${formatBytes(end.stateBytes)} by position ${formatCount(settled.position)} and keeps that size`
  }
  const perToken = (end.stateBytes - first.stateBytes) / (end.position - first.position)
  return `adds ${formatBytes(perToken)} of state per token`
}
