import { describe, expect, it } from 'vitest'
import { type BeamStep, beamSearch } from '#seqlab/inference/index.js'

const tokens = 4
const end = 3

/** Logarithms of p(token | the last two tokens), from a fixed table that no greedy choice gets right. */
const logarithms = (before: number, last: number): number[] => {
  const weights = Array.from({ length: tokens }, (_, token) => 1 + ((7 * before + 5 * last + 3 * token * token) % 11))
  const total = weights.reduce((a, b) => a + b, 0)
  return weights.map((weight) => Math.log(weight / total))
}

/** State: the last token of each row; it starts from the number of the source. */
const step: BeamStep = async ({ data: last }, { before }) => ({
  logits: {
    shape: [last.length, tokens],
    dtype: 'f32',
    data: Float64Array.from([...last].flatMap((token, row) => logarithms(before.data[row], token))),
  },
  state: { before: { shape: [last.length], dtype: 'f32', data: Float32Array.from(last) } },
})

const start = (sources: number) => ({
  before: {
    shape: [sources],
    dtype: 'f32',
    data: Float32Array.from({ length: sources }, (_, source) => source),
  } as const,
})

const likelihood = (source: number, text: readonly number[]) => {
  const all = [source, 0, ...text]
  return text.reduce((sum, token, at) => sum + logarithms(all[at], all[at + 1])[token], 0)
}

/** The likeliest of all texts of at most `length` tokens that end. */
function best(source: number, length: number): { text: number[]; logProbability: number } {
  const texts = (size: number): number[][] =>
    size === 0 ? [[]] : texts(size - 1).flatMap((text) => [0, 1, 2].map((token) => [...text, token]))
  const ended = Array.from({ length }, (_, size) => texts(size).map((text) => [...text, end])).flat()
  const scored = ended.map((text) => ({ text, logProbability: likelihood(source, text) }))
  return scored.reduce((a, b) => (b.logProbability > a.logProbability ? b : a))
}

describe('beam search', () => {
  it('finds the likeliest text of each source when it keeps every text', async () => {
    const found = await beamSearch(step, start(5), { width: 81, length: 5, begin: 0, end })
    found.forEach(({ tokens: text, logProbability, finished }, source) => {
      const expected = best(source, 5)
      expect(finished).toBe(true)
      expect([...text, end]).toEqual(expected.text)
      expect(logProbability).toBeCloseTo(expected.logProbability, 10)
    })
  })

  it('is greedy with a width of 1', async () => {
    const found = await beamSearch(step, start(5), { width: 1, length: 6, begin: 0, end })
    found.forEach(({ tokens: text, finished }, source) => {
      const wanted: number[] = []
      let [before, last] = [source, 0]
      while (wanted.length < 6 && last !== end) {
        const choices = logarithms(before, last)
        ;[before, last] = [last, choices.indexOf(Math.max(...choices))]
        wanted.push(last)
      }
      expect(finished ? [...text, end] : text).toEqual(wanted)
    })
  })

  it('gives what it has where nothing ends in time', async () => {
    const endless: BeamStep = async (token, state) => {
      const { logits, state: next } = await step(token, state)
      return {
        logits: { ...logits, data: logits.data.map((value, index) => (index % tokens === end ? -1e9 : value)) },
        state: next,
      }
    }
    const [found] = await beamSearch(endless, start(1), { width: 2, length: 3, begin: 0, end })
    expect(found.finished).toBe(false)
    expect(found.tokens).toHaveLength(3)
  })
})
