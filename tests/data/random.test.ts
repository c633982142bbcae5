import { describe, expect, it } from 'vitest'
import { permute } from '#seqlab/data/permutation.js'
import { randomBelow, randomBits } from '#seqlab/data/random.js'

describe('random integers', () => {
  it('are a pure function of seed and counters', () => {
    expect(randomBits(7, 1, 2)).toBe(randomBits(7, 1, 2))
    expect(new Set([randomBits(7, 1, 2), randomBits(7, 2, 1), randomBits(8, 1, 2), randomBits(7, 1)]).size).toBe(4)
  })

  it('stay the same from version to version, because runs are resumed', () => {
    expect([randomBits(0), randomBits(1, 2, 3), randomBits(2 ** 40, 5)]).toMatchInlineSnapshot(`
      [
        3553795876,
        246943545,
        2761381834,
      ]
    `)
    expect([randomBelow(100, 1), randomBelow(2 ** 40, 1, 2)]).toMatchInlineSnapshot(`
      [
        72,
        57827848653,
      ]
    `)
    expect(Array.from({ length: 7 }, (_, i) => permute(i, 7, 42, 0))).toMatchInlineSnapshot(`
      [
        6,
        2,
        0,
        1,
        4,
        5,
        3,
      ]
    `)
  })

  it('tell seeds apart that differ above 32 bits', () => {
    expect(randomBits(1)).not.toBe(randomBits(1 + 2 ** 32))
  })

  it('fill ten bins evenly (seed 3, 20,000 draws, chi-square below the 99.9 % point 27.9)', () => {
    const bins = new Float64Array(10)
    for (let i = 0; i < 20_000; i++) bins[randomBelow(10, 3, i)]++
    expect(bins.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0)).toBeLessThan(27.9)
  })

  it('stay below large bounds and reach their upper half', () => {
    const draws = Array.from({ length: 200 }, (_, i) => randomBelow(2 ** 50, 4, i))
    expect(draws.every((draw) => Number.isInteger(draw) && draw >= 0 && draw < 2 ** 50)).toBe(true)
    expect(draws.filter((draw) => draw >= 2 ** 49).length).toBeGreaterThan(70)
  })
})

describe('permute', () => {
  it.each([1, 2, 3, 4, 5, 10, 97, 1000, 4097])('is a permutation of %i positions', (size) => {
    const seen = new Set(Array.from({ length: size }, (_, i) => permute(i, size, 11, 2)))
    expect(seen.size).toBe(size)
    expect(Math.min(...seen)).toBe(0)
    expect(Math.max(...seen)).toBe(size - 1)
  })

  it('is another permutation for another seed or counter', () => {
    const order = (seed: number, counter: number) => Array.from({ length: 50 }, (_, i) => permute(i, 50, seed, counter))
    expect(order(1, 0)).not.toEqual(order(2, 0))
    expect(order(1, 0)).not.toEqual(order(1, 1))
  })

  it('sends a position everywhere about equally often (size 20, 8,000 seeds, chi-square below 43.8, 19 degrees)', () => {
    for (const position of [0, 7, 19]) {
      const bins = new Float64Array(20)
      for (let seed = 0; seed < 8000; seed++) bins[permute(position, 20, seed, 0)]++
      expect(bins.reduce((sum, count) => sum + (count - 400) ** 2 / 400, 0)).toBeLessThan(43.8)
    }
  })

  it('breaks up neighbours: few remain neighbours (size 10,000, seed 5)', () => {
    let neighbours = 0
    for (let i = 0; i + 1 < 10_000; i++)
      if (Math.abs(permute(i, 10_000, 5, 0) - permute(i + 1, 10_000, 5, 0)) === 1) neighbours++
    expect(neighbours).toBeLessThan(15)
  })

  it('takes a billion positions without holding them', () => {
    const size = 3_000_000_001
    const images = new Set(Array.from({ length: 1000 }, (_, i) => permute(i, size, 9, 0)))
    expect(images.size).toBe(1000)
    expect([...images].every((image) => image >= 0 && image < size)).toBe(true)
  })
})
