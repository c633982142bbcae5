import { expect, test } from 'vitest'
import { meanCurve } from '#seqlab/evaluation/study/report/learning.js'
import { paretoFront } from '#seqlab/evaluation/study/report/pareto.js'
import { meanPoints, someOf } from '#seqlab/evaluation/study/report/points.js'

test('the Pareto front is what no other item beats, by brute force over 300 sets with ties (seed 1)', () => {
  let state = 1
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  for (let round = 0; round < 300; round++) {
    const items = Array.from({ length: random(12) }, (_, id) => ({ id, cost: random(5), quality: random(5) }))
    const beats = (a: (typeof items)[number], b: (typeof items)[number]) =>
      a.cost <= b.cost && a.quality >= b.quality && (a.cost < b.cost || a.quality > b.quality)
    const expected = items.filter((item) => !items.some((other) => beats(other, item))).map(({ id }) => id)
    expect(
      paretoFront(items)
        .map(({ id }) => id)
        .sort((a, b) => a - b),
    ).toEqual(expected)
  }
})

test('what is not finite is not on the front, and the items stay in their order', () => {
  const items = [
    { cost: 2, quality: 1 },
    { cost: 1, quality: Number.NaN },
    { cost: 1, quality: 0 },
  ]
  expect(paretoFront(items)).toEqual([items[2], items[0]])
  expect(items[0].cost).toBe(2)
})

test('points over seeds have the mean and the t interval, without one where a single value is finite', () => {
  const [one, three] = meanPoints([
    { x: 2, value: 1 },
    { x: 1, value: 5 },
    { x: 2, value: 2 },
    { x: 1, value: Number.NaN },
    { x: 2, value: 3 },
  ])
  expect(one).toEqual({ x: 1, y: 5 })
  // Standard deviation 1, so 4.3027 / √3 on either side.
  expect(three.y).toBe(2)
  expect(three.low).toBeCloseTo(2 - 2.4841, 3)
  expect(three.high).toBeCloseTo(2 + 2.4841, 3)
})

test('a mean curve goes on past a run that solved its task and ends where one diverged', () => {
  const points = (steps: number[], y: number) => steps.map((step) => ({ step, x: 10 * step, y }))
  const whole = { run: { solvedAt: null }, points: points([1, 2, 3], 0) }
  const solved = { run: { solvedAt: 2 }, points: points([1, 2], 1) }
  const lost = { run: { solvedAt: null }, points: points([1], 1) }
  expect(meanCurve([whole, solved]).map(({ x, y }) => [x, y])).toEqual([
    [10, 0.5],
    [20, 0.5],
    [30, 0.5],
  ])
  expect(meanCurve([whole, lost])).toHaveLength(1)
})

test('an axis labels at most 8 values, the last among them', () => {
  expect(someOf([4, 1, 2, 2])).toEqual([1, 2, 4])
  const many = someOf(Array.from({ length: 100 }, (_, i) => i))
  expect(many.length).toBeLessThanOrEqual(8)
  expect(many.at(-1)).toBe(99)
})
