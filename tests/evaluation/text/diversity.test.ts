import { describe, expect, it } from 'vitest'
import { diversity } from '#seqlab/evaluation/text/diversity.js'

describe('the diversity of texts', () => {
  it('is whole where nothing returns', () => {
    expect(diversity([[1, 2, 3, 4, 5, 6]])).toEqual({ distinct: [1, 1, 1, 1], repetition: 0 })
  })

  it('of one token said n times is one n-gram among all', () => {
    const { distinct, repetition } = diversity([new Array(10).fill(7)])
    expect(distinct).toEqual([1 / 10, 1 / 9, 1 / 8, 1 / 7])
    expect(repetition).toBeCloseTo(6 / 7, 12)
  })

  it('of a phrase of 5 said twice counts the 4-grams that occurred before', () => {
    // 7 4-grams, of which the sixth and the seventh are the first and the second again.
    const { distinct, repetition } = diversity([Int32Array.of(1, 2, 3, 4, 5, 1, 2, 3, 4, 5)])
    expect(distinct).toEqual([5 / 10, 5 / 9, 5 / 8, 5 / 7])
    expect(repetition).toBeCloseTo(2 / 7, 12)
  })

  it('sees in distinct-n what texts share, and in repetition only what one text repeats', () => {
    const text = [1, 2, 3, 4, 5]
    expect(diversity([text, text])).toEqual({ distinct: [0.5, 0.5, 0.5, 0.5], repetition: 0 })
  })

  it('tells apart ids that read alike when written without a gap', () => {
    expect(diversity([[1, 11, 1, 1, 1, 1, 11, 1]]).distinct[1]).toBe(3 / 7)
  })

  it('leaves texts out of what they are too short for', () => {
    expect(diversity([[1, 1, 1, 1, 1], [2, 3], []]).repetition).toBe(0.5)
    expect(() => diversity([[1, 2, 3]])).toThrow(expect.objectContaining({ name: 'UserError' }))
  })
})
