import { describe, expect, it } from 'vitest'
import { bleu } from '#seqlab/evaluation/text/bleu.js'

describe('BLEU', () => {
  it('is 1 for the reference itself and 0 without common tokens', () => {
    expect(bleu([[1, 2, 3, 4, 5]], [[1, 2, 3, 4, 5]])).toBe(1)
    expect(bleu([[1, 2, 3, 4, 5]], [[6, 7, 8, 9, 10]])).toBe(0)
  })

  it('counts an n-gram as often as the reference has it', () => {
    // Papineni et al. 2002, section 2.1: "the" seven times, twice in the reference.
    expect(bleu([[1, 1, 1, 1, 1, 1, 1]], [[1, 2, 3, 4, 1, 5, 6]], 1)).toBeCloseTo(2 / 7, 12)
  })

  it('is the geometric mean of precisions with the penalty for short texts', () => {
    // Precisions 3/3 and 1/2 (of 1 2 and 2 4, the reference has the first), lengths 3 and 4.
    expect(bleu([[1, 2, 4]], [[1, 2, 3, 4]], 2)).toBeCloseTo(Math.exp(1 - 4 / 3) * Math.sqrt(1 / 2), 12)
  })
})
