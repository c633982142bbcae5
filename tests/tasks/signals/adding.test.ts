import { describe, expect, it } from 'vitest'
import { adding } from '#seqlab/tasks/signals/adding.js'
import { answersOf, asked, drawn, holdsContract, mean, opened } from '../contract.js'

holdsContract({
  task: adding,
  variants: [{ length: 2 }, { length: 11 }],
  refused: [],
  outOfRange: [{ length: 1 }, { length: 2.5 }, { length: 1e6 }],
  blindTolerance: 0.1,
})

describe('adding', () => {
  it.each([2, 7, 100, 1000])(
    'asks at the end for the sum of the marked values, one of each half of %d',
    async (length) => {
      const source = await opened(adding, { length })
      for (const example of drawn(source, 'test', 50)) {
        const positions = [...Array(length).keys()]
        const marked = positions.filter((i) => example.inputs[2 * i + 1] === 1)
        expect(positions.every((i) => [0, 1].includes(example.inputs[2 * i + 1]))).toBe(true)
        expect(marked).toHaveLength(2)
        expect(marked[0]).toBeLessThan(Math.floor(length / 2))
        expect(marked[1]).toBeGreaterThanOrEqual(Math.floor(length / 2))
        expect(asked(example)).toEqual([length - 1])
        expect(answersOf(example)[0]).toBeCloseTo(example.inputs[2 * marked[0]] + example.inputs[2 * marked[1]], 6)
      }
    },
  )

  it('draws uniform values and marks every position as often (2000 examples of stream 1)', async () => {
    const examples = drawn(await opened(adding, { length: 10 }), 'train', 2000)
    const values = examples.flatMap(({ inputs }) => [...inputs].filter((_, i) => i % 2 === 0))
    for (const quantile of [0.1, 0.25, 0.5, 0.75, 0.9]) {
      expect(Math.abs(mean(values.map((value) => (value < quantile ? 1 : 0))) - quantile)).toBeLessThan(0.015)
    }
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    for (let i = 0; i < 10; i++) {
      expect(Math.abs(mean(examples.map(({ inputs }) => inputs[2 * i + 1])) - 0.2)).toBeLessThan(0.04)
    }
  })
})
