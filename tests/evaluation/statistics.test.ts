import { describe, expect, it } from 'vitest'
import { meanInterval, pairedInterval, ratioInterval, wilson } from '#seqlab/evaluation/statistics.js'
import { studentQuantile } from '#seqlab/evaluation/student.js'

/** Uniform numbers of a seed: mulberry32. */
function uniforms(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}
const normals = (random: () => number) => () =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

const holds = ({ low, high }: { low: number; high: number }, truth: number) => low <= truth && truth <= high
/** How often something holds. */
function coverage(draws: number, held: () => boolean): number {
  return range(draws).filter(held).length / draws
}
const range = (n: number) => Array.from({ length: n }, (_, index) => index)

/** The quantile at 2 degrees of freedom, which has a closed form. */
const t2 = 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2))

describe('the 95 % quantile of the t distribution', () => {
  it('is that of the published tables, to their last digit (NIST handbook, 1.3.6.7.2)', () => {
    const table = { 1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 9: 2.262, 10: 2.228, 29: 2.045, 30: 2.042 }
    const far = { 40: 2.021, 60: 2.0, 100: 1.984, 1000000: 1.96 }
    for (const [degrees, value] of Object.entries({ ...table, ...far })) {
      expect(studentQuantile(Number(degrees)).toFixed(3)).toBe(value.toFixed(3))
    }
  })

  it('is exact where it can be written down: tan(0.475 π) at 1, 0.95 √(2 / 0.0975) at 2', () => {
    expect(studentQuantile(1)).toBeCloseTo(Math.tan(0.475 * Math.PI), 10)
    expect(studentQuantile(2)).toBeCloseTo(t2, 12)
  })

  it('goes on smoothly where the expansion takes over: second difference 2 a / n³ for t ≈ z + a / n (1e-10)', () => {
    const [before, at, after] = [999, 1000, 1001].map(studentQuantile)
    const z = 1.959963984540054
    expect(Math.abs(before - 2 * at + after - (z ** 3 + z) / 2 / 1e9)).toBeLessThan(1e-10)
  })

  it('refuses degrees that are no positive integers', () => {
    for (const degrees of [0, -1, 1.5, Number.NaN]) expect(() => studentQuantile(degrees)).toThrow(RangeError)
  })
})

describe('the interval of a mean', () => {
  it('is that of the textbook: 1, 2, 3 have 2 ± 4.303 / √3', () => {
    const { mean, low, high } = meanInterval([1, 2, 3])
    expect(mean).toBe(2)
    expect(high - mean).toBeCloseTo(t2 / Math.sqrt(3), 12)
    expect(mean - low).toBeCloseTo(high - mean, 12)
  })

  it('has no width for equal values and no bounds for a single one, and refuses none', () => {
    expect(meanInterval([0.5, 0.5, 0.5])).toEqual({ mean: 0.5, low: 0.5, high: 0.5 })
    expect(meanInterval([0.5])).toEqual({ mean: 0.5, low: -Infinity, high: Infinity })
    expect(() => meanInterval([])).toThrow('needs values')
  })

  it('holds the mean in 95 % of 10,000 draws of 3 and of 10 normal values (seed 1, within 1 %)', () => {
    const normal = normals(uniforms(1))
    for (const n of [3, 10]) {
      const held = coverage(10_000, () => holds(meanInterval(range(n).map(() => 7 + 2 * normal())), 7))
      expect(Math.abs(held - 0.95)).toBeLessThan(0.01)
    }
  })
})

describe('the interval of paired differences', () => {
  it('is that of the mean of the differences', () => {
    expect(pairedInterval([3, 5, 9], [1, 2, 3])).toEqual(meanInterval([2, 3, 6]))
    expect(() => pairedInterval([1, 2], [1])).toThrow('got 2 and 1')
  })

  it('does not widen with what both have in common', () => {
    const first = [0.9, 0.5, 0.7]
    expect(pairedInterval(first, first)).toEqual({ mean: 0, low: 0, high: 0 })
  })
})

describe('the interval of a share', () => {
  it('is that of Newcombe 1998, table I, to its last digit', () => {
    for (const [successes, n, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ]) {
      const found = wilson(successes, n)
      expect([found.low.toFixed(4), found.high.toFixed(4)]).toEqual([low.toFixed(4), high.toFixed(4)])
      expect(found.mean).toBe(successes / n)
    }
  })

  it('ends at exactly 0 and 1, mirrors, and refuses what is no share', () => {
    expect(wilson(0, 7).low).toBe(0)
    expect(wilson(7, 7).high).toBe(1)
    expect(wilson(7, 7).low).toBeCloseTo(1 - wilson(0, 7).high, 12)
    for (const [successes, n] of [
      [0, 0],
      [3, 2],
      [-1, 2],
      [Number.NaN, 2],
    ])
      expect(() => wilson(successes, n)).toThrow(RangeError)
  })

  it('holds shares from 0 to 1 in 95 % of 20,000 draws of 5 and of 40 trials (seed 2, within 1 %)', () => {
    const random = uniforms(2)
    for (const n of [5, 40]) {
      const held = coverage(20_000, () => {
        const share = random()
        return holds(wilson(range(n).filter(() => random() < share).length, n), share)
      })
      expect(Math.abs(held - 0.95)).toBeLessThan(0.01)
    }
  })
})

describe('the interval of a ratio of sums', () => {
  it('is that of the mean where every example has one answer', () => {
    const values = [1, 4, 2, 8]
    const ratio = ratioInterval(values, [1, 1, 1, 1])
    const mean = meanInterval(values)
    for (const key of ['mean', 'low', 'high'] as const) expect(ratio[key]).toBeCloseTo(mean[key], 12)
  })

  it('is that of the formula by hand for examples of unequal size', () => {
    // R = 5 / 10; residuals 1 − 1, 3 − 2, 1 − 2; √(3 / 2 · (0 + 1 + 1)) / 10 times t at 2 degrees of freedom.
    const { mean, high } = ratioInterval([1, 3, 1], [2, 4, 4])
    expect(mean).toBe(0.5)
    expect(high - mean).toBeCloseTo((t2 * Math.sqrt(3)) / 10, 12)
  })

  it('is clipped where it is a share, and only there', () => {
    const [right, asked] = [
      [4, 4, 3],
      [4, 4, 4],
    ]
    expect(ratioInterval(right, asked).high).toBeGreaterThan(1)
    expect(ratioInterval(right, asked, { share: true }).high).toBe(1)
    expect(ratioInterval(right, asked, { share: true }).low).toBe(ratioInterval(right, asked).low)
    expect(ratioInterval([1], [3], { share: true })).toEqual({ mean: 1 / 3, low: 0, high: 1 })
    expect(ratioInterval([1], [3])).toEqual({ mean: 1 / 3, low: -Infinity, high: Infinity })
  })

  it('does not claim certainty where all answers are right or wrong', () => {
    expect(ratioInterval([4, 4, 4], [4, 4, 4], { share: true })).toEqual(wilson(3, 3))
    expect(ratioInterval([0, 0], [4, 4], { share: true })).toEqual(wilson(0, 2))
  })

  it('refuses pairs without partners and nothing to divide by', () => {
    expect(() => ratioInterval([1], [1, 2])).toThrow('got 1 and 2')
    expect(() => ratioInterval([0], [0])).toThrow('above 0')
  })

  it('holds the share in 95 % of 4,000 draws of 100 examples whose answers fail together, where single answers’ does not (seed 3, within 1.5 %)', () => {
    const random = uniforms(3)
    // An example is easy or hard, 0.95 or 0.35 right, half of each; of its 1 to 8 answers hard ones have more.
    const draw = () => {
      const easy = random() < 0.5
      const asked = 1 + Math.floor(random() * (easy ? 4 : 8))
      return { asked, right: range(asked).filter(() => random() < (easy ? 0.95 : 0.35)).length }
    }
    // Expected answers are 2.5 and 4.5.
    const truth = (2.5 * 0.95 + 4.5 * 0.35) / 7
    let naive = 0
    const held = coverage(4_000, () => {
      const examples = range(100).map(draw)
      const [right, asked] = [examples.map((each) => each.right), examples.map((each) => each.asked)]
      const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
      const single = wilson(sum(right), sum(asked))
      if (holds(single, truth)) naive++
      return holds(ratioInterval(right, asked, { share: true }), truth)
    })
    expect(Math.abs(held - 0.95)).toBeLessThan(0.015)
    expect(naive / 4_000).toBeLessThan(0.85)
  })
})
