import { describe, expect, it } from 'vitest'
import { answersOf, chiSquareDeviations, countsOf, drawn, openTask, taskOf } from './helpers.js'

/** Slots after the pairs at which keys are asked for, in the order in which the keys were read. */
async function slotsOf(settings: { length: number; pairs: number; power?: number }, count: number, stream: number) {
  const source = await openTask('mqar', settings)
  const start = 2 * settings.pairs
  return drawn(source, 'train', count, stream).map(({ inputs }) =>
    Array.from({ length: settings.pairs }, (_, pair) => (inputs.indexOf(inputs[2 * pair], start) - start) / 2),
  )
}

/** p(g) ∝ g^(a−1) for g = 1 … slots. */
function law(slots: number, a: number): number[] {
  const weights = Array.from({ length: slots }, (_, i) => (i + 1) ** (a - 1))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

describe('gaps', () => {
  it.each([
    [{ length: 64, pairs: 1 }, 0.01],
    [{ length: 64, pairs: 4 }, 0.01],
    [{ length: 64, pairs: 4, power: 0.5 }, 0.5],
    [{ length: 32, pairs: 8, power: 1 }, 1],
  ])(
    'of the first key follow the power law (%j, 8,000 draws, stream 11, chi-square below 4 deviations)',
    async (settings, a) => {
      const slots = (settings.length - 2 * settings.pairs) / 2
      const first = (await slotsOf(settings, 8_000, 11)).map(([slot]) => slot)
      expect(chiSquareDeviations(countsOf(first, slots), law(slots, a))).toBeLessThan(4)
      expect(chiSquareDeviations(countsOf(first, slots), law(slots, a > 0.7 ? 0.8 : a + 0.2))).toBeGreaterThan(10)
    },
  )

  it('of later keys follow it among the slots that are left (8,000 draws, stream 12, chi-square below 4 deviations)', async () => {
    const p = law(4, 0.01)
    const pairs = await slotsOf({ length: 12, pairs: 2 }, 8_000, 12)
    const orders = p.flatMap((first, i) =>
      p.flatMap((second, j) => (i === j ? [] : [{ slots: `${i},${j}`, share: (first * second) / (1 - first) }])),
    )
    const counts = orders.map(({ slots }) => pairs.filter((pair) => String(pair) === slots).length)
    expect(counts.reduce((sum, count) => sum + count)).toBe(8_000)
    expect(
      chiSquareDeviations(
        counts,
        orders.map(({ share }) => share),
      ),
    ).toBeLessThan(4)
  })

  it('fill every slot where there are as many as pairs', async () => {
    for (const slots of await slotsOf({ length: 256, pairs: 64 }, 50, 13)) {
      expect([...slots].sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, slot) => slot))
    }
  })
})

describe('tokens', () => {
  it('are different keys of the lower half, each before its own value of the upper half (stream 14)', async () => {
    const source = await openTask('mqar', { length: 64, pairs: 15, vocabulary: 32 })
    const keys: number[] = []
    const values: number[] = []
    for (const { inputs } of drawn(source, 'train', 2000, 14)) {
      const pairs = Array.from({ length: 15 }, (_, i) => [inputs[2 * i], inputs[2 * i + 1]])
      expect(new Set(pairs.map(([key]) => key)).size).toBe(15)
      expect(new Set(pairs.map(([, value]) => value)).size).toBe(15)
      keys.push(pairs[0][0])
      values.push(pairs[0][1])
    }
    expect([Math.min(...keys), Math.max(...keys), Math.min(...values), Math.max(...values)]).toEqual([1, 15, 16, 31])
    expect(
      chiSquareDeviations(
        countsOf(
          keys.map((key) => key - 1),
          15,
        ),
      ),
    ).toBeLessThan(4)
    expect(
      chiSquareDeviations(
        countsOf(
          values.map((value) => value - 16),
          16,
        ),
      ),
    ).toBeLessThan(4)
  })

  it('reach both ends of the vocabulary of 8,192 (stream 15)', async () => {
    const source = await openTask('mqar', { length: 8192, pairs: 2048 })
    const [{ inputs }] = drawn(source, 'train', 1, 15)
    const read = inputs.subarray(0, 4096)
    const keys = read.filter((_, at) => at % 2 === 0)
    const values = read.filter((_, at) => at % 2 === 1)
    expect([Math.min(...keys) < 20, Math.max(...keys) > 4075, Math.max(...keys) < 4096]).toEqual([true, true, true])
    expect([Math.min(...values) >= 4096, Math.min(...values) < 4116, Math.max(...values) > 8171]).toEqual([
      true,
      true,
      true,
    ])
  })

  it('are 0 where nothing is asked, or anything where that is wished (stream 16)', async () => {
    const others = async (fill: string) => {
      const source = await openTask('mqar', { vocabulary: 16, fill })
      return drawn(source, 'train', 500, 16).flatMap(({ inputs, weights }) =>
        Array.from(inputs.subarray(8)).filter((_, i) => weights[8 + i] === 0),
      )
    }
    expect(new Set(await others('zeros'))).toEqual(new Set([0]))
    expect(chiSquareDeviations(countsOf(await others('random'), 16))).toBeLessThan(4)
  })

  it('are asked for at even places only, each key once (random fill, stream 17)', async () => {
    const source = await openTask('mqar', { length: 128, pairs: 8, fill: 'random' })
    for (const example of drawn(source, 'validation', 200, 17)) {
      const { inputs } = example
      const answers = answersOf(example)
      for (const [at, answer] of answers) {
        expect(at % 2).toBe(0)
        expect(inputs[inputs.indexOf(inputs[at]) + 1]).toBe(answer)
      }
      expect(new Set(answers.map(([at]) => inputs[at])).size).toBe(8)
    }
  })
})

describe('published figures', () => {
  it('are Zoology’s figure 2: five mixers at four settings and four widths, each with the warning', () => {
    const { published = [] } = taskOf('mqar')
    expect(published.length).toBe(5 * 4 * 4)
    const value = (model: string, setting: string) =>
      published.find((figure) => figure.model === model && figure.setting === setting)?.value
    expect(value('RWKV, width 64', 'length=64:pairs=4')).toBe(0.77)
    expect(value('BaseConv, width 512', 'length=512:pairs=64')).toBe(0.72)
    expect(value('H3, width 128', 'length=128:pairs=8')).toBe(0.74)
    for (const { warning, metric } of published) {
      expect(warning).toContain('Read off the plot')
      expect(metric).toBe('accuracy')
    }
  })
})
