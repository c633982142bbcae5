import { describe, expect, it } from 'vitest'
import { stopMatcher } from '#seqlab/inference/index.js'
import { seeded } from '../training/seeded.js'

/** What comes out for text given in pieces, and whether it was stopped. */
function run(pieces: readonly string[], stops: readonly string[]): { out: string[]; stopped: boolean } {
  const matcher = stopMatcher(stops)
  const out = pieces.map((piece) => matcher.push(piece))
  return { out: [...out, matcher.end()], stopped: matcher.stopped }
}

describe('stop strings', () => {
  it('end the text before them, within a piece and across pieces', () => {
    expect(run(['one END two'], ['END'])).toEqual({ out: ['one ', ''], stopped: true })
    expect(run(['one E', 'N', 'D two', ' three'], ['END'])).toEqual({ out: ['one ', '', '', '', ''], stopped: true })
  })

  it('hold back what may be their beginning, and give it out once it is not', () => {
    expect(run(['a\n', '\n', 'b'], ['\n\nc'])).toEqual({ out: ['a', '', '\n\nb', ''], stopped: false })
    expect(run(['abab', 'abac'], ['abac'])).toEqual({ out: ['ab', 'ab', ''], stopped: true })
  })

  it('give out the beginning of one at the end of the text', () => {
    expect(run(['one EN'], ['END'])).toEqual({ out: ['one ', 'EN'], stopped: false })
  })

  it('stop at the first place where any of several begins', () => {
    expect(run(['say: stop, or end'], ['end', 'stop'])).toEqual({ out: ['say: ', ''], stopped: true })
  })

  it('change nothing where there are none', () => {
    expect(run(['a', 'b'], [])).toEqual({ out: ['a', 'b', ''], stopped: false })
  })

  it('give the same text however it is cut into pieces (500 texts of seed 2)', () => {
    const random = seeded(2)
    for (let round = 0; round < 500; round++) {
      const letters = (count: number) => Array.from({ length: count }, () => 'ab'[random(2)]).join('')
      const text = letters(random(30))
      const stops = Array.from({ length: 1 + random(3) }, () => letters(2 + random(5)))
      const ends = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0)
      const pieces: string[] = []
      for (let from = 0; from < text.length; ) {
        const to = from + 1 + random(4)
        pieces.push(text.slice(from, to))
        from = to
      }
      const { out, stopped } = run(pieces, stops)
      expect(stopped).toBe(ends.length > 0)
      // Of two that overlap, the one complete first ends the text: none may begin before what was given out.
      const given = out.join('')
      if (ends.length === 0) expect(given).toBe(text)
      else {
        expect(text.startsWith(given)).toBe(true)
        expect(stops.some((stop) => text.startsWith(stop, given.length))).toBe(true)
        expect(stops.some((stop) => given.includes(stop))).toBe(false)
      }
    }
  })
})
