/**
 * Counter-based random integers: each value is a pure function of a seed and counters, so that a batch can be computed
 * from its step alone and resuming stores no generator. The mixing function is the finalizer of MurmurHash3 (Appleby
 * 2011), with a Weyl constant between words so that zeros do not stay zero.
 */

const weyl = 0x9e3779b9
const high = 2 ** 32

function mix(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A uniform integer in [0, 2^32). Seed and counters are integers in [0, 2^53). */
export function randomBits(seed: number, ...counters: number[]): number {
  let state = 0
  for (const value of [seed, ...counters]) {
    state = mix((state ^ value) + weyl)
    state = mix((state ^ Math.floor(value / high)) + weyl)
  }
  return state
}

/** A uniform integer in [0, bound), bound up to 2^53. */
export function randomBelow(bound: number, seed: number, ...counters: number[]): number {
  const upper = randomBits(seed, ...counters, 0) >>> 5
  const lower = randomBits(seed, ...counters, 1) >>> 6
  return Math.floor(((upper * 2 ** 26 + lower) / 2 ** 53) * bound)
}
