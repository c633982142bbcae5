import { describe, expect, it } from 'vitest'
import { drawAt, type Sampling, sampleToken, samplingConfig } from '#seqlab/inference/index.js'
import { seeded } from '../training/seeded.js'

const sampling = (options: Partial<Sampling> = {}): Sampling => samplingConfig.parse(options)

/** How often each token is drawn in `count` draws of seed 1. */
function frequencies(logits: readonly number[], options: Partial<Sampling>, count = 20_000): number[] {
  const drawn = new Array<number>(logits.length).fill(0)
  const values = Float32Array.from(logits)
  for (let index = 0; index < count; index++) drawn[sampleToken(values, sampling(options), [], drawAt(1, index))]++
  return drawn.map((times) => times / count)
}

function softmax(logits: readonly number[], temperature = 1): number[] {
  const weights = logits.map((logit) => Math.exp(logit / temperature))
  const total = weights.reduce((a, b) => a + b, 0)
  return weights.map((weight) => weight / total)
}

function expectNear(got: readonly number[], expected: readonly number[], margin = 0.015): void {
  for (const [id, share] of expected.entries()) expect(Math.abs(got[id] - share), `token ${id}`).toBeLessThan(margin)
}

describe('sampling', () => {
  const logits = [1, -2, 0.5, 2, 0]

  it('draws tokens as often as the softmax says (20,000 draws of seed 1, within 0.015)', () => {
    expectNear(frequencies(logits, {}), softmax(logits))
  })

  it('sharpens and flattens by temperature', () => {
    expectNear(frequencies(logits, { temperature: 0.5 }), softmax(logits, 0.5))
    expectNear(frequencies(logits, { temperature: 3 }), softmax(logits, 3))
  })

  it('takes the most likely token at temperature 0, the first of equals, whatever the draw', () => {
    for (const draw of [0, 0.5, 0.999]) {
      expect(sampleToken(Float32Array.from(logits), sampling({ temperature: 0 }), [], draw)).toBe(3)
      expect(sampleToken(Float32Array.of(-1, 4, 4), sampling({ temperature: 0 }), [], draw)).toBe(1)
    }
  })

  it('chooses among the k most likely tokens in their proportions', () => {
    expectNear(frequencies(logits, { topK: 2 }), [softmax([1, 2])[0], 0, 0, softmax([1, 2])[1], 0])
    expect(frequencies(logits, { topK: 1 }, 100)).toEqual([0, 0, 0, 1, 0])
    expectNear(frequencies(logits, { topK: 50 }), softmax(logits))
  })

  it('chooses among the fewest tokens that reach the probability p', () => {
    // Probabilities 0.5, 0.3, 0.15, 0.05.
    const graded = [0.5, 0.3, 0.15, 0.05].map(Math.log)
    expectNear(frequencies(graded, { topP: 0.4 }), [1, 0, 0, 0])
    expectNear(frequencies(graded, { topP: 0.6 }), [0.5 / 0.8, 0.3 / 0.8, 0, 0])
    expectNear(frequencies(graded, { topP: 0.9 }), [0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0])
    expectNear(frequencies(graded, { topP: 0.97 }), [0.5, 0.3, 0.15, 0.05])
  })

  it('counts p within what k leaves', () => {
    const graded = [0.4, 0.3, 0.2, 0.1].map(Math.log)
    // Of 0.7, the first token is 0.57: enough for p = 0.5, not for 0.6.
    expectNear(frequencies(graded, { topK: 2, topP: 0.5 }), [1, 0, 0, 0])
    expectNear(frequencies(graded, { topK: 2, topP: 0.6 }), [4 / 7, 3 / 7, 0, 0])
  })

  it('leaves exactly the tokens that sorting the whole vocabulary leaves, peaked or flat (seed 3)', () => {
    const random = seeded(3)
    for (const spread of [0.01, 2, 12]) {
      const many = Float32Array.from({ length: 1000 }, () => (random(1e6) / 1e6 - 0.5) * 2 * spread)
      const order = [...many.keys()].sort((a, b) => many[b] - many[a])
      const shares = softmax([...many])
      let mass = 0
      const nucleus = new Set<number>()
      for (const id of order) {
        if (mass >= 0.8) break
        mass += shares[id]
        nucleus.add(id)
      }
      const top = new Set(order.slice(0, 40))
      const drawn = { topP: new Set<number>(), topK: new Set<number>() }
      for (let index = 0; index < 1000; index++) {
        drawn.topP.add(sampleToken(many, sampling({ topP: 0.8 }), [], index / 1000))
        drawn.topK.add(sampleToken(many, sampling({ topK: 40, temperature: 20 }), [], index / 1000))
      }
      expect([...drawn.topP].filter((id) => !nucleus.has(id)).length, `spread ${spread}`).toBeLessThanOrEqual(1)
      expect([...drawn.topK].every((id) => top.has(id))).toBe(true)
      expect(drawn.topK.size).toBe(40)
    }
  })

  it('makes tokens that came up within the window less likely, positive and negative ones', () => {
    const penalty = { repetitionPenalty: 2, temperature: 0 }
    const values = Float32Array.of(3, 2, -1, -1.5)
    expect(sampleToken(values, sampling(penalty), [0], 0)).toBe(1)
    expect(sampleToken(values, sampling(penalty), [0, 1], 0)).toBe(0)
    expect(sampleToken(Float32Array.of(-1, -1.5), sampling(penalty), [0], 0)).toBe(1)
    expect(sampleToken(values, sampling({ ...penalty, repetitionWindow: 2 }), [0, 2, 3], 0)).toBe(0)
    expect(sampleToken(values, sampling({ ...penalty, repetitionWindow: 0 }), [0], 0)).toBe(0)
    // A token counts once, however often it came up.
    expect(sampleToken(Float32Array.of(3, 1), sampling(penalty), [0, 0, 0], 0)).toBe(0)
    expect([...values]).toEqual([3, 2, -1, -1.5])
  })

  it('never draws a token of probability 0, and finds one at both ends of the draw', () => {
    const hidden = Float32Array.of(Number.NEGATIVE_INFINITY, 0, 0, Number.NEGATIVE_INFINITY)
    expect(sampleToken(hidden, sampling(), [], 0)).toBe(1)
    expect(sampleToken(hidden, sampling(), [], 1 - 2 ** -53)).toBe(2)
  })

  it('says that a model is broken when its logits are no numbers', () => {
    for (const broken of [
      [0, Number.NaN],
      [Number.NaN, 1],
      [Number.POSITIVE_INFINITY, 0],
      [Number.NEGATIVE_INFINITY],
    ]) {
      expect(() => sampleToken(Float32Array.from(broken), sampling(), [], 0)).toThrow('use an earlier checkpoint')
    }
  })

  it('draws numbers that are uniform, differ by seed and depend on nothing else', () => {
    const draws = Array.from({ length: 4000 }, (_, index) => drawAt(5, index))
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...draws)).toBeLessThan(1)
    expect(draws.reduce((a, b) => a + b, 0) / draws.length).toBeCloseTo(0.5, 1)
    expect(drawAt(5, 17)).toBe(draws[17])
    expect(drawAt(6, 17)).not.toBe(draws[17])
  })
})
