/**
 * Means with 95 % confidence intervals. What one value alone says nothing about is unbounded: from a single value (or
 * example) an interval reaches from −∞ to ∞, a share's from 0 to 1. JSON knows no infinity and writes null.
 */
import type { Score } from './jobs/job.js'
import { normalQuantile, studentQuantile } from './student.js'

/** The mean of independent values, such as scores of seeds, by the t distribution. Equal values give a width of 0. */
export function meanInterval(values: readonly number[]): Score {
  const n = values.length
  if (n === 0) throw new RangeError('meanInterval: needs values, got none')
  const middle = mean(values)
  const squares = total(values.map((value) => (value - middle) ** 2))
  return around(middle, Math.sqrt(squares / (n - 1) / n), n)
}

/** The mean of first − second, whose values belong together in pairs, such as those of one seed. */
export function pairedInterval(first: readonly number[], second: readonly number[]): Score {
  expectPairs('pairedInterval', first, second)
  return meanInterval(first.map((value, index) => value - second[index]))
}

/** The share of `n` independent trials that succeed: Wilson 1927, which holds near 0 and 1 and for few trials, too. */
export function wilson(successes: number, n: number): Score {
  if (!(n > 0 && successes >= 0 && successes <= n))
    throw new RangeError(`wilson: needs 0 to n successes of n > 0 trials, got ${successes} of ${n}`)
  const share = successes / n
  const z2 = normalQuantile ** 2 / n
  const center = (share + z2 / 2) / (1 + z2)
  const half = Math.sqrt(z2 * (share * (1 - share) + z2 / 4)) / (1 + z2)
  // The formula's own ends there are 0 and 1, but for rounding.
  return {
    mean: share,
    low: successes === 0 ? 0 : center - half,
    high: successes === n ? 1 : center + half,
  }
}

/**
 * Σ numerators / Σ denominators where each pair comes from one example and examples are independent, such as right
 * answers and answers: what goes wrong together within an example widens the interval (the linearised variance of a
 * ratio, Cochran 1977, section 6.5). A `share` stays within 0 and 1; one of exactly 0 or 1, which shows no variance, has
 * the interval of {@link wilson} over examples.
 */
export function ratioInterval(
  numerators: readonly number[],
  denominators: readonly number[],
  { share = false }: { share?: boolean } = {},
): Score {
  expectPairs('ratioInterval', numerators, denominators)
  const n = numerators.length
  const whole = total(denominators)
  if (!(whole > 0)) throw new RangeError(`ratioInterval: denominators must have a sum above 0, got ${whole}`)
  const ratio = total(numerators) / whole
  if (share && (ratio === 0 || ratio === 1)) return wilson(ratio * n, n)
  const squares = total(numerators.map((value, index) => (value - ratio * denominators[index]) ** 2))
  const { low, high } = around(ratio, Math.sqrt((squares / (n - 1)) * n) / whole, n)
  return share ? { mean: ratio, low: Math.max(0, low), high: Math.min(1, high) } : { mean: ratio, low, high }
}

/** NaN of none. */
export function mean(values: readonly number[]): number {
  return total(values) / values.length
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

/** A mean with a standard error estimated from n values. */
function around(mean: number, error: number, n: number): Score {
  const half = n === 1 ? Number.POSITIVE_INFINITY : studentQuantile(n - 1) * error
  return { mean, low: mean - half, high: mean + half }
}

function expectPairs(name: string, first: readonly number[], second: readonly number[]): void {
  if (first.length !== second.length || first.length === 0)
    throw new RangeError(`${name}: needs pairs of values, got ${first.length} and ${second.length}`)
}
