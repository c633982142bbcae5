/** How random numbers are distributed, from the float64 reference; executors draw the same (random.cases.ts). */
import { describe, expect, it } from 'vitest'
import { constant } from '#seqlab/engine/operators/constant.js'
import {
  bernoulli,
  categorical,
  foldIn,
  normal,
  randomInteger,
  randomKey,
  splitKey,
  uniform,
} from '#seqlab/engine/operators/random.js'
import { broadcastTo } from '#seqlab/engine/operators/shape.js'
import { runReference } from '#seqlab/engine/reference.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import { trace } from '#seqlab/engine/trace.js'

const count = 40_000
const drawn = (fn: () => readonly Tensor[]) => runReference(trace(fn), []).map(({ data }) => Array.from(data))
const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length
/** Five standard errors of a mean of `count` values with this standard deviation. */
const margin = (deviation: number) => (5 * deviation) / Math.sqrt(count)

describe('seeds 1 to 5', () => {
  it.each([1, 2, 3, 4, 5])('%i: moments of normals are those of the normal distribution', (seed) => {
    const [z] = drawn(() => [normal(randomKey(seed), [count])])
    expect(Math.abs(mean(z))).toBeLessThan(margin(1))
    expect(Math.abs(mean(z.map((x) => x ** 2)) - 1)).toBeLessThan(margin(Math.sqrt(2)))
    expect(Math.abs(mean(z.map((x) => x ** 4)) - 3)).toBeLessThan(margin(Math.sqrt(96)))
    // Box and Muller make pairs: the two halves must not know of each other.
    expect(Math.abs(mean(z.map((x, i) => x * z[(i + count / 2) % count])))).toBeLessThan(margin(1))
  })

  it.each([1, 2, 3, 4, 5])('%i: uniforms fill 16 bins evenly', (seed) => {
    const [u] = drawn(() => [uniform(randomKey(seed), [count])])
    const bins = new Array<number>(16).fill(0)
    for (const value of u) bins[Math.floor(value * 16)]++
    const chiSquared = bins.reduce((total, bin) => total + (bin - count / 16) ** 2 / (count / 16), 0)
    expect(chiSquared).toBeLessThan(44.3) // 15 degrees of freedom, one in 10,000
  })

  it.each([1, 2, 3, 4, 5])('%i: a probability is met, in both halves of a word', (seed) => {
    const [kept] = drawn(() => [bernoulli(randomKey(seed), 0.9, [count])])
    expect(Math.abs(mean(kept) - 0.9)).toBeLessThan(margin(0.3))
    const [upper, lower] = [kept.slice(0, count / 2), kept.slice(count / 2)]
    expect(Math.abs(mean(upper) - mean(lower))).toBeLessThan(2 * margin(0.3))
    expect(Math.abs(mean(upper.map((value, i) => (value - 0.9) * (lower[i] - 0.9))))).toBeLessThan(2 * margin(0.09))
  })
})

describe('draws', () => {
  it('of integers reach both ends and no further', () => {
    const [values] = drawn(() => [randomInteger(randomKey(1), [count], -2, 3)])
    expect(new Set(values)).toEqual(new Set([-2, -1, 0, 1, 2]))
  })

  it('from logits follow their softmax', () => {
    const logits = [0, 1, -1]
    const [chosen] = drawn(() => [categorical(randomKey(1), broadcastTo(constant(logits), [count, 3]))])
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0)
    logits.forEach((logit, index) => {
      expect(Math.abs(mean(chosen.map((i) => +(i === index))) - Math.exp(logit) / total)).toBeLessThan(margin(0.5))
    })
  })

  it('differ between the keys made of one, and from those of the key itself', () => {
    const streams = drawn(() => {
      const key = randomKey(1)
      return [key, ...splitKey(key, 3), foldIn(key, 0), foldIn(key, 1)].map((each) => uniform(each, [count]))
    })
    streams.forEach((a, i) => {
      for (const b of streams.slice(i + 1)) {
        expect(Math.abs(mean(a.map((value, n) => (value - 0.5) * (b[n] - 0.5))))).toBeLessThan(margin(1 / 12))
      }
    })
  })
})
