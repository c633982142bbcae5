import { describe, expect, it } from 'vitest'
import { drawnImages } from '#seqlab/tasks/signals/drawn-images.js'
import type { Example } from '#seqlab/tasks/task.js'
import { answersOf, asked, drawn, holdsContract, mean, opened } from '../contract.js'

holdsContract({
  task: drawnImages,
  variants: [{ size: 8, levels: 2, order: 'permuted' }],
  refused: [],
  outOfRange: [{ size: 7 }, { size: 29 }, { levels: 1 }, { noise: -1 }, { order: 'columns' }],
  blindTolerance: 0.3,
})

const levels = 8
const digitOf = (example: Example) => answersOf(example)[0] - levels
const squaredDistance = (a: ArrayLike<number>, b: readonly number[]) =>
  b.reduce((sum, value, i) => sum + (a[i] - value) ** 2, 0)

function centroids(examples: readonly Example[]): number[][] {
  return Array.from({ length: 10 }, (_, digit) => {
    const own = examples.filter((example) => digitOf(example) === digit)
    return Array.from(own[0].inputs, (_, pixel) => mean(own.map(({ inputs }) => inputs[pixel])))
  })
}

/** Share that the nearest mean image of 1000 others names rightly (250 of stream 1). */
async function nearestCentroidAccuracy(settings: Record<string, unknown>): Promise<number> {
  const source = await opened(drawnImages, { levels, ...settings })
  const means = centroids(drawn(source, 'train', 1000))
  return mean(
    drawn(source, 'test', 250).map((example) => {
      const distances = means.map((centroid) => squaredDistance(example.inputs, centroid))
      return distances.indexOf(Math.min(...distances)) === digitOf(example) ? 1 : 0
    }),
  )
}

describe('drawn-images', () => {
  it('asks for the digit at the last pixel, in ids after those of the grey levels', async () => {
    const examples = drawn(await opened(drawnImages, { size: 10, levels }), 'train', 50)
    for (const example of examples) {
      expect(asked(example)).toEqual([99])
      expect(Math.max(...example.inputs)).toBeLessThan(levels)
      expect(digitOf(example)).toBeGreaterThanOrEqual(0)
      expect(digitOf(example)).toBeLessThan(10)
    }
    expect(new Set(examples.flatMap(({ inputs }) => [...inputs])).size).toBe(levels)
  })

  it('draws each digit as often (2000 examples of stream 1, within 0.03)', async () => {
    const drawnDigits = drawn(await opened(drawnImages, { size: 8, levels }), 'train', 2000).map(digitOf)
    for (let digit = 0; digit < 10; digit++) {
      expect(Math.abs(mean(drawnDigits.map((one) => (one === digit ? 1 : 0))) - 0.1)).toBeLessThan(0.03)
    }
  })

  it.each([8, 12, 28])('keeps the strokes inside an image of %d pixels that stays mostly empty', async (size) => {
    const source = await opened(drawnImages, { size, levels: 2, noise: 0 })
    const examples = drawn(source, 'train', 100)
    const share = mean(examples.flatMap(({ inputs }) => [...inputs]))
    expect(share).toBeGreaterThan(0.05)
    expect(share).toBeLessThan(0.4)
    const border = examples.flatMap(({ inputs }) =>
      [...inputs].filter((_, i) => i < size || i >= size * (size - 1) || i % size === 0 || i % size === size - 1),
    )
    expect(mean(border)).toBeLessThan(0.05)
  })

  it('gives different digits different mean images', async () => {
    const means = centroids(drawn(await opened(drawnImages, { levels }), 'train', 500))
    for (const [digit, centroid] of means.entries()) {
      for (const other of means.slice(digit + 1)) expect(squaredDistance(centroid, other)).toBeGreaterThan(20)
    }
  })

  it.each(['rows', 'permuted'])('is neither hopeless nor trivial for the nearest mean image, %s', async (order) => {
    const accuracy = await nearestCentroidAccuracy({ size: 12, order })
    expect(accuracy).toBeGreaterThan(0.5)
    expect(accuracy).toBeLessThan(0.95)
  })

  it('permutes all images of a size alike, and shows them put right', async () => {
    const source = await opened(drawnImages, { levels: 2, noise: 0, order: 'permuted' })
    const examples = drawn(source, 'train', 40)
    const pixels = (example: Example) => source.show(example).input.replaceAll('\n', '')
    // Each position has one pixel of the picture whose ink agrees with it in every example that is drawn.
    const column = (read: (example: Example) => ArrayLike<number | string>, place: number, ink: number | string) =>
      examples.map((example) => (read(example)[place] === ink ? '1' : '0')).join('')
    const places = [...Array(144).keys()]
    const sequence = places.map((place) => column(({ inputs }) => inputs, place, 1))
    const picture = places.map((place) => column(pixels, place, '@'))
    expect([...sequence].sort()).toEqual([...picture].sort())
    expect(sequence).not.toEqual(picture)
    const changes = (values: ArrayLike<unknown>) => places.slice(1).filter((i) => values[i] !== values[i - 1]).length
    expect(mean(examples.map((example) => changes(pixels(example))))).toBeLessThan(
      0.8 * mean(examples.map(({ inputs }) => changes(inputs))),
    )
  })
})
