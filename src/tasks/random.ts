/** A stream of random numbers for drawing one example: a pure function of its seeds. */
import { randomBits } from '../data/index.js'

export interface Random {
  /** A uniform integer in [0, bound). */
  below(bound: number): number
  /** A uniform integer in [low, high], both included. */
  between(low: number, high: number): number
  /** Uniform in [0, 1), with 53 random bits. */
  uniform(): number
  /** Normal with mean 0 and deviation 1. */
  normal(): number
  /** True with this probability. */
  chance(probability: number): boolean
  pick<T>(items: ArrayLike<T>): T
  /** An index, drawn in proportion to the weights. */
  weighted(weights: ArrayLike<number>): number
  /** A new array in random order. */
  shuffled<T>(items: Iterable<T>): T[]
  /** `count` different integers in [0, bound), in random order. @throws RangeError when there are not so many */
  distinct(count: number, bound: number): number[]
}

/** The stream that a seed and counters name; equal seeds give equal streams. */
export function createRandom(...seeds: [number, ...number[]]): Random {
  const bits = smallFastCounter(seeds)
  const uniform = () => ((bits() >>> 5) * 2 ** 26 + (bits() >>> 6)) / 2 ** 53
  const below = (bound: number) => Math.floor(uniform() * bound)
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    uniform,
    // Box and Muller 1958; the logarithm never sees 0.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    chance: (probability) => uniform() < probability,
    pick: (items) => items[below(items.length)],
    weighted(weights) {
      let total = 0
      for (let i = 0; i < weights.length; i++) total += weights[i]
      let left = uniform() * total
      let index = 0
      while (index < weights.length - 1 && left >= weights[index]) left -= weights[index++]
      return index
    },
    shuffled(items) {
      const result = [...items]
      for (let i = result.length - 1; i > 0; i--) {
        const other = below(i + 1)
        const item = result[i]
        result[i] = result[other]
        result[other] = item
      }
      return result
    },
    distinct(count, bound) {
      if (count > bound) throw new RangeError(`distinct: ${count} different integers below ${bound} do not exist`)
      return sampled(count, bound, below)
    },
  }
}

/** Partial Fisher–Yates over a virtual array: constant work for each draw, whatever the bound. */
function sampled(count: number, bound: number, below: (bound: number) => number): number[] {
  const moved = new Map<number, number>()
  return Array.from({ length: count }, (_, i) => {
    const other = i + below(bound - i)
    const result = moved.get(other) ?? other
    moved.set(other, moved.get(i) ?? i)
    return result
  })
}

/** sfc32 (Doty-Humphrey, PractRand): three words of state and a counter, so periods never fall below 2^32. */
function smallFastCounter([seed, ...counters]: [number, ...number[]]): () => number {
  let [a, b, c] = [0, 1, 2].map((word) => randomBits(seed, ...counters, word))
  let counter = 1
  return () => {
    const result = (a + b + counter++) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + result
    return result >>> 0
  }
}
