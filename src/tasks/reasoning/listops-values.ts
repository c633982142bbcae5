/**
 * How likely a ListOps tree is to have each value and a length within bounds, computed exactly: that is what tells the
 * score of the best guess.
 *
 * F_v(z) = Σ_L P(value v, length L) z^L of a tree follows from that of its arguments: they are independent, so that sums
 * of lengths are products. F is computed from the deepest level up at N points r·exp(2πik/N); what they add up to, each
 * with the weight of a discrete Fourier transform, is the part of F with the lengths that are asked for. A radius r below
 * 1 keeps longer trees out: they count 1e-9 of themselves.
 */
import { binomial, type Complex, minus, plus, polar, powers, scaled, times, zero } from './complex.js'

export const operators = ['MIN', 'MAX', 'MED', 'SM'] as const
export const operatorProbability = 0.25

interface Rules {
  /** Lengths lie between these, both excluded. */
  readonly minLength: number
  readonly maxLength: number
  readonly maxDepth: number
  readonly maxArgs: number
}

/** The probability of each of the ten values together with a length within the bounds. */
export function valueProbabilities({ minLength, maxLength, maxDepth, maxArgs }: Rules): number[] {
  const points = maxLength
  const radius = 1e-9 ** (1 / points)
  const result = new Array<number>(10).fill(0)
  // Half of the points are enough: the other half are their conjugates.
  for (let k = 0; 2 * k <= points; k++) {
    const angle = (2 * Math.PI * k) / points
    let weight = zero
    for (let length = minLength + 1; length < maxLength; length++)
      weight = plus(weight, polar(radius ** -length, -angle * length))
    const share = (k === 0 || 2 * k === points ? 1 : 2) / points
    const values = treeValues(polar(radius, angle), maxDepth, maxArgs)
    for (let v = 0; v < 10; v++) result[v] += share * times(weight, values[v]).re
  }
  return result.map((probability) => Math.max(0, probability))
}

const values = [...Array(10).keys()]

function treeValues(z: Complex, depth: number, maxArgs: number): Complex[] {
  if (depth === 1) return values.map(() => scaled(z, 0.1))
  const reduced = operatorValues(treeValues(z, depth - 1, maxArgs), maxArgs)
  const operator = scaled(times(z, z), operatorProbability / operators.length / (maxArgs - 1))
  return reduced.map((sum) => plus(scaled(z, (1 - operatorProbability) / 10), times(operator, sum)))
}

/** The values of all operators, over 2 to `maxArgs` arguments, added up. */
function operatorValues(argument: readonly Complex[], maxArgs: number): Complex[] {
  // Powers of: arguments up to a value, and from one on.
  const low = values.map((v) => powers(argument.slice(0, v + 1).reduce(plus, zero), maxArgs))
  const high = [...values, 10].map((v) => powers(argument.slice(v).reduce(plus, zero), maxArgs))
  const result = modularSums(argument, maxArgs)
  for (let n = 2; n <= maxArgs; n++) {
    const largest = differences(low.map((x) => x[n]))
    const middle = n % 2 ? differences(atLeast((n + 1) / 2, n, low, high)) : evenMedians(n, low, high)
    for (const v of values) {
      const smallest = minus(high[v][n], high[v + 1][n])
      result[v] = plus(plus(result[v], largest[v]), plus(smallest, middle[v]))
    }
  }
  return result
}

/** [value][exponent] */
type Powers = readonly (readonly Complex[])[]

const differences = (cumulative: readonly Complex[]) =>
  cumulative.map((x, v) => (v > 0 ? minus(x, cumulative[v - 1]) : x))

/** For each value: that at least so many of n arguments are no larger. */
const atLeast = (least: number, n: number, low: Powers, high: Powers) =>
  values.map((v) => {
    let sum = zero
    for (let j = least; j <= n; j++) sum = plus(sum, scaled(times(low[v][j], high[v + 1][n - j]), binomial(n, j)))
    return sum
  })

/** The mean of the two middle ones of n arguments, rounded down. */
function evenMedians(n: number, low: Powers, high: Powers): Complex[] {
  const half = n / 2
  const ways = binomial(n, half)
  // Half of the arguments up to u, one of them u; the others from w on, one of them w.
  const lower = differences(low.map((x) => scaled(x[half], ways)))
  const upper = values.map((w) => minus(high[w][half], high[w + 1][half]))
  const result = differences(atLeast(half, n, low, high))
  for (const u of values) {
    for (let w = u + 1; w < 10; w++) {
      const pair = times(lower[u], upper[w])
      const middle = Math.floor((u + w) / 2)
      result[u] = minus(result[u], pair)
      result[middle] = plus(result[middle], pair)
    }
  }
  return result
}

const tenthRoots = values.map((i) => polar(1, (2 * Math.PI * i) / 10))

/** Sums modulo 10, by the Fourier transform over the ten values. */
function modularSums(argument: readonly Complex[], maxArgs: number): Complex[] {
  const transformed = (from: readonly Complex[], sign: 1 | 9) =>
    values.map((m) => from.map((x, v) => times(x, tenthRoots[(sign * m * v) % 10])).reduce(plus, zero))
  const summed = transformed(argument, 9).map((x) => powers(x, maxArgs).slice(2).reduce(plus, zero))
  return transformed(summed, 1).map((x) => scaled(x, 0.1))
}
