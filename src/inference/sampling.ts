/** Choosing the next token from logits. */
import { z } from 'zod'
import { randomBelow } from '../data/index.js'
import { UserError } from '../platform/errors.js'

const whole = z.number().int()

export const samplingConfig = z.strictObject({
  temperature: z.number().min(0).default(1).describe('divides the logits; 0 always takes the most likely token'),
  topK: whole.min(1).optional().describe('choose among this many of the most likely tokens; among all by default'),
  topP: z.number().gt(0).max(1).default(1).describe('choose among the fewest tokens that together are this probable'),
  repetitionPenalty: z.number().gt(0).default(1).describe('above 1, tokens that came up become less likely'),
  repetitionWindow: whole.min(0).default(64).describe('how many of the last tokens the penalty looks at'),
  seed: whole.min(0).default(0).describe('the same seed gives the same text'),
})
export type Sampling = z.infer<typeof samplingConfig>

/** The number in [0, 1) that draws token `index` of a text. */
export function drawAt(seed: number, index: number): number {
  return randomBelow(2 ** 53, seed, index) / 2 ** 53
}

/**
 * A token drawn from softmax(logits / temperature), after the repetition penalty (Keskar et al. 2019, arXiv:1909.05858,
 * section 4.1), among those that top-k and then top-p (Holtzman et al. 2019, arXiv:1904.09751, section 3.1) leave.
 * Tokens exactly as likely as the last one left are left too.
 *
 * @param logits [vocabulary], not changed
 * @param recent tokens that came up, the newest last
 * @param draw uniform in [0, 1)
 * @throws UserError when a logit is not a number
 */
export function sampleToken(logits: Float32Array, sampling: Sampling, recent: readonly number[], draw: number): number {
  const scores = penalized(logits, sampling, recent)
  const best = mostLikely(scores)
  if (sampling.temperature === 0) return best
  const weights = weightsOf(scores, scores[best], sampling.temperature)
  const least = leastWeight(weights, sampling)
  let left = draw * massFrom(weights, least)
  let chosen = best
  for (let id = 0; id < weights.length && left >= 0; id++) {
    if (weights[id] < least || weights[id] === 0) continue
    left -= weights[id]
    chosen = id
  }
  return chosen
}

function penalized(logits: Float32Array, sampling: Sampling, recent: readonly number[]): Float32Array {
  const { repetitionPenalty: penalty, repetitionWindow: window } = sampling
  if (penalty === 1 || window === 0) return logits
  const scores = logits.slice()
  for (const id of new Set(recent.slice(-window)))
    scores[id] = scores[id] > 0 ? scores[id] / penalty : scores[id] * penalty
  return scores
}

/** The token of the largest score, the first of several. @throws UserError when a score is not a number */
export function mostLikely(scores: Float32Array): number {
  let best = 0
  for (let id = 0; id < scores.length; id++) {
    if (scores[id] > scores[best]) best = id
    else if (Number.isNaN(scores[id])) best = failNotFinite(scores[id])
  }
  return Number.isFinite(scores[best]) ? best : failNotFinite(scores[best])
}

function failNotFinite(logit: number): never {
  throw new UserError(
    `generate: the model gives a token the logit ${logit} – its weights are damaged, use an earlier checkpoint`,
  )
}

/** exp of the scores over the temperature, the largest 1. Plain loops: callbacks over a large vocabulary cost a step's time. */
function weightsOf(scores: Float32Array, largest: number, temperature: number): Float32Array {
  const weights = new Float32Array(scores.length)
  for (let id = 0; id < scores.length; id++) weights[id] = Math.exp((scores[id] - largest) / temperature)
  return weights
}

/** Floors for a first look: sorting a large vocabulary whole costs as much as a step of a model. */
const floors = [1e-2, 1e-4, 0]

/** The smallest weight that top-k and top-p leave; the largest of `weights` is 1. */
function leastWeight(weights: Float32Array, { topK, topP }: Sampling): number {
  if (topK === undefined && topP === 1) return 0
  const needed = topP * massFrom(weights, 0)
  for (const floor of floors) {
    const likely = atLeast(weights, floor)
    const enough = topK === undefined ? massFrom(likely, 0) >= needed : likely.length >= Math.min(topK, weights.length)
    if (!enough && floor > 0) continue
    const kept = likely.sort().reverse().subarray(0, topK)
    const wanted = topP * massFrom(kept, 0)
    let mass = 0
    for (const weight of kept) {
      mass += weight
      if (mass >= wanted) return weight
    }
  }
  return 0
}

function atLeast(weights: Float32Array, floor: number): Float32Array {
  const kept = new Float32Array(weights.length)
  let count = 0
  for (let id = 0; id < weights.length; id++) if (weights[id] >= floor) kept[count++] = weights[id]
  return kept.subarray(0, count)
}

/** The sum of the weights that are at least `least`. */
function massFrom(weights: Float32Array, least: number): number {
  let mass = 0
  for (let id = 0; id < weights.length; id++) if (weights[id] >= least) mass += weights[id]
  return mass
}
