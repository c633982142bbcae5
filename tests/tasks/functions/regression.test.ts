import { describe, expect, it } from 'vitest'
import { linearRegression } from '#seqlab/tasks/functions/linear-regression.js'
import { sparseRegression } from '#seqlab/tasks/functions/sparse-regression.js'
import type { Example } from '#seqlab/tasks/task.js'
import { answersOf, asked, deviations, drawn, holdsContract, mean, opened } from '../contract.js'
import { dot, predicted, solve } from './gaussian.js'

holdsContract({
  task: linearRegression,
  variants: [{ dimensions: 2, width: 3, noise: 0.5, points: 5 }],
  refused: [[{ dimensions: 12 }, /task linear-regression: dimensions must be at most width 8, got 12 – use width=12/]],
  outOfRange: [{ dimensions: 0 }, { points: 0 }, { noise: -1 }, { width: 1.5 }],
  blindTolerance: 0.12,
})
holdsContract({
  task: sparseRegression,
  variants: [{ nonzero: 1, width: 4, noise: 0.5, points: 5 }],
  refused: [[{ nonzero: 9 }, /task sparse-regression: nonzero must be at most width 8, got 9 – use width=9/]],
  outOfRange: [{ nonzero: 0 }, { points: 0 }, { noise: -1 }],
  blindTolerance: 0.12,
})

/** Points and values as the inputs hold them, and nothing else. */
function read({ inputs }: Example, width: number): { X: number[][]; y: number[] } {
  const row = (position: number) => [...inputs.subarray(position * (width + 1), (position + 1) * (width + 1))]
  const points = inputs.length / (width + 1) / 2
  const indices = [...Array(points).keys()]
  return { X: indices.map((i) => row(2 * i).slice(0, width)), y: indices.map((i) => row(2 * i + 1)[width]) }
}

/** Error of the Bayesian predictor minus its bound, at each point after the first of some examples. */
const excesses = (bounds: ArrayLike<number>, means: readonly number[], y: readonly number[]) =>
  means.map((guess, i) => (guess - y[i]) ** 2 - bounds[i])

describe('regressions', () => {
  it('take turns of a point, at which its value is asked, and the value', async () => {
    const source = await opened(linearRegression, { width: 5, dimensions: 3, points: 4, noise: 1 })
    for (const example of drawn(source, 'test', 20)) {
      const rows = Array.from({ length: 8 }, (_, t) => [...example.inputs.subarray(6 * t, 6 * t + 6)])
      const { y } = read(example, 5)
      expect(asked(example)).toEqual([0, 2, 4, 6])
      expect(answersOf(example)).toEqual(y)
      for (const t of [0, 2, 4, 6])
        expect(rows[t].map((value) => value !== 0)).toEqual([true, true, true, false, false, false])
      for (const t of [1, 3, 5, 7]) expect(rows[t].slice(0, 5)).toEqual([0, 0, 0, 0, 0])
    }
  })

  it('draw points and weights with mean 0 and variance 1 (2000 examples of stream 1, within 0.05)', async () => {
    const source = await opened(linearRegression, { width: 3, dimensions: 3, points: 3 })
    const examples = drawn(source, 'train', 2000).map((example) => read(example, 3))
    // Three points without noise give the weights away; nearly dependent ones would lose them in single precision.
    const weights = examples.flatMap(({ X, y }) => (solve(X, [1, 0, 0]).logDet > -2 ? solve(X, y).x : []))
    for (const values of [examples.flatMap(({ X }) => X.flat()), weights]) {
      expect(Math.abs(mean(values))).toBeLessThan(0.05)
      expect(Math.abs(mean(values.map((value) => value ** 2)) - 1)).toBeLessThan(0.05)
    }
  })

  it('add noise of the given deviation to each value (stream 1, within 3 %)', async () => {
    const source = await opened(linearRegression, { width: 1, dimensions: 1, points: 200, noise: 0.7 })
    const squares = drawn(source, 'train', 50).flatMap((example) => {
      const { X, y } = read(example, 1)
      const x = X.map(([value]) => value)
      const slope = dot(x, y) / dot(x, x)
      return y.map((value, i) => (value - slope * x[i]) ** 2 * (200 / 199))
    })
    expect(Math.abs(mean(squares) / 0.49 - 1)).toBeLessThan(0.03)
  })

  it('draw as many nonzero weights as told, every coordinate as often (2000 examples, within 0.03)', async () => {
    const source = await opened(sparseRegression, { width: 4, nonzero: 2, points: 6 })
    const supports = drawn(source, 'train', 2000).map((example) => {
      const { X, y } = read(example, 4)
      const normal = [0, 1, 2, 3].map((i) =>
        [0, 1, 2, 3].map((j) =>
          dot(
            X.map((x) => x[i]),
            X.map((x) => x[j]),
          ),
        ),
      )
      const { x: w } = solve(
        normal,
        [0, 1, 2, 3].map((i) =>
          dot(
            X.map((x) => x[i]),
            y,
          ),
        ),
      )
      return w.map((weight) => (Math.abs(weight) > 1e-4 ? 1 : 0))
    })
    expect(mean(supports.map((support) => (support.filter(Boolean).length === 2 ? 1 : 0)))).toBeGreaterThan(0.99)
    for (const i of [0, 1, 2, 3]) expect(Math.abs(mean(supports.map((support) => support[i])) - 0.5)).toBeLessThan(0.03)
  })
})

describe('the bound of linear regression', () => {
  it.each([0.1, 0.5, 2])('is the variance of a Gaussian process with a linear kernel, noise %d', async (noise) => {
    const source = await opened(linearRegression, { width: 4, dimensions: 4, points: 10, noise })
    for (const example of drawn(source, 'test', 10)) {
      const { X, y } = read(example, 4)
      const bounds = [...(source.bound?.(example) ?? [])]
      const expected = X.map((x, i) => predicted(X.slice(0, i), y.slice(0, i), x, noise).variance + noise ** 2)
      for (const [i, bound] of bounds.entries()) expect(bound / expected[i]).toBeCloseTo(1, 8)
    }
  })

  it('falls to nothing when as many exact points as coordinates were seen', async () => {
    const source = await opened(linearRegression, { width: 5, dimensions: 3, points: 6 })
    for (const example of drawn(source, 'test', 50)) {
      const bounds = [...(source.bound?.(example) ?? [])]
      expect(Math.min(...bounds.slice(0, 3))).toBeGreaterThan(1e-7)
      expect(Math.max(...bounds.slice(3))).toBeLessThan(1e-5)
    }
  })

  it('is what the Bayesian predictor pays on average (1000 examples of stream 1, 4 standard errors)', async () => {
    const noise = 0.5
    const source = await opened(linearRegression, { width: 4, dimensions: 4, points: 8, noise })
    const excess = drawn(source, 'test', 1000).flatMap((example) => {
      const { X, y } = read(example, 4)
      const means = X.map((x, i) => predicted(X.slice(0, i), y.slice(0, i), x, noise).mean)
      return excesses(source.bound?.(example) ?? [], means, y)
    })
    expect(Math.abs(deviations(excess))).toBeLessThan(4)
  })
})

describe('the bound of sparse regression', () => {
  /** All supports of two of four coordinates, weighted by evidence. */
  function averaged(X: number[][], y: number[], x: number[], noise: number) {
    const supports = [0, 1, 2, 3].flatMap((a) => [0, 1, 2, 3].filter((b) => b > a).map((b) => [a, b]))
    const each = supports.map((support) => {
      const seen = (point: number[]) => support.map((i) => point[i])
      return predicted(X.map(seen), y, seen(x), noise)
    })
    const most = Math.max(...each.map(({ logEvidence }) => logEvidence))
    const weights = each.map(({ logEvidence }) => Math.exp(logEvidence - most))
    const total = weights.reduce((sum, weight) => sum + weight)
    const average = (values: number[]) => dot(weights, values) / total
    const centre = average(each.map((one) => one.mean))
    return { mean: centre, variance: average(each.map((one) => one.variance + (one.mean - centre) ** 2)) }
  }

  it.each([0.1, 0.5, 2])('averages over all supports by their evidence, noise %d', async (noise) => {
    const source = await opened(sparseRegression, { width: 4, nonzero: 2, points: 8, noise })
    for (const example of drawn(source, 'test', 10)) {
      const { X, y } = read(example, 4)
      const bounds = [...(source.bound?.(example) ?? [])]
      const expected = X.map((x, i) => averaged(X.slice(0, i), y.slice(0, i), x, noise).variance + noise ** 2)
      for (const [i, bound] of bounds.entries()) expect(bound / expected[i]).toBeCloseTo(1, 8)
    }
  })

  it('is what the Bayesian predictor pays on average (1000 examples of stream 1, 4 standard errors)', async () => {
    const noise = 0.3
    const source = await opened(sparseRegression, { width: 4, nonzero: 2, points: 6, noise })
    const excess = drawn(source, 'test', 1000).flatMap((example) => {
      const { X, y } = read(example, 4)
      const means = X.map((x, i) => averaged(X.slice(0, i), y.slice(0, i), x, noise).mean)
      return excesses(source.bound?.(example) ?? [], means, y)
    })
    expect(Math.abs(deviations(excess))).toBeLessThan(4)
  })

  it('knows exact values after one point more than weights, far before least squares does', async () => {
    const source = await opened(sparseRegression, { width: 12, nonzero: 2, points: 12 })
    const bounds = drawn(source, 'test', 100).map((example) => source.bound?.(example) ?? [])
    for (const bound of bounds) expect(Math.max(...bound.slice(3))).toBeLessThan(1e-5)
    expect(mean(bounds.map((bound) => bound[2]))).toBeGreaterThan(0.1)
  })

  it('is left out where the supports are too many to enumerate', async () => {
    expect((await opened(sparseRegression, { width: 20, nonzero: 4 })).bound).toBeDefined()
    expect((await opened(sparseRegression, { width: 20, nonzero: 5 })).bound).toBeUndefined()
  })
})
