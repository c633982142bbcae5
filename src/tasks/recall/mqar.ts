/** Key-value pairs, then some of the keys again, each to be answered by its value: `k1 v1 k2 v2 · k2? · · k1? ·`. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { generated } from '../generated.js'
import type { Random } from '../random.js'
import { defineTask } from '../task.js'
import { mqarFigures } from './mqar-figures.js'
import { asking, showing } from './token-examples.js'

export const mqar = defineTask({
  kind: 'examples',
  id: 'mqar',
  group: 'recall',
  title: 'Multi-query associative recall',
  shows: 'Whether a model can keep many associations at once and look each up when its key comes again.',
  source: {
    title: 'Zoology: Measuring and Improving Recall in Efficient Language Models',
    authors: 'Arora, Eyuboglu, Timalsina, Johnson, Poli, Zou, Rudra, Ré',
    year: 2023,
    arxiv: '2312.04927',
    note: 'The generator of the paper’s code; its fixed training set of 100,000 examples is an endless stream here.',
  },
  metric: 'accuracy',
  config: z.strictObject({
    length: z.int().min(4).max(1_048_576).multipleOf(2).default(64).describe('positions, at least four for each pair'),
    pairs: z.int().min(1).default(4).describe('pairs of a key and its value, each asked for once'),
    vocabulary: z
      .int()
      .min(4)
      .multipleOf(2)
      .default(8192)
      .describe('tokens: the lower half are keys, the upper half values'),
    power: z
      .number()
      .positive()
      .max(1)
      .default(0.01)
      .describe('a of the gaps’ law p(g) ∝ g^(a−1); at 1 all are equally likely'),
    fill: z.enum(['zeros', 'random']).default('zeros').describe('what stands at later positions that are no query'),
  }),
  difficulty: { setting: 'length', values: [64, 128, 256, 512, 1024] },
  published: mqarFigures,
  async open({ length, pairs, vocabulary, power, fill }) {
    const firstValue = vocabulary / 2
    if (4 * pairs > length) {
      throw new UserError(
        `mqar: pairs must be at most a quarter of length ${length}, got ${pairs} – use ${Math.floor(length / 4)} or fewer, or a length of ${4 * pairs}`,
      )
    }
    if (pairs >= firstValue) {
      throw new UserError(
        `mqar: a vocabulary of ${vocabulary} has ${firstValue - 1} keys, got ${pairs} pairs – use a vocabulary of ${2 * pairs + 2} or more`,
      )
    }
    const likelihood = Float64Array.from({ length: (length - 2 * pairs) / 2 }, (_, slot) => (slot + 1) ** (power - 1))
    return generated({
      task: 'mqar',
      input: { kind: 'tokens', vocabulary },
      output: { kind: 'tokens' },
      length,
      answers: pairs,
      chance: 1 / firstValue,
      draw(random) {
        const keys = random.distinct(pairs, firstValue - 1).map((key) => key + 1)
        const values = random.distinct(pairs, firstValue).map((value) => value + firstValue)
        const inputs = new Int32Array(length)
        if (fill === 'random') for (let at = 2 * pairs; at < length; at++) inputs[at] = random.below(vocabulary)
        const queries = distinctSlots(random, likelihood, pairs).map((slot) => 2 * pairs + 2 * slot)
        for (const [i, key] of keys.entries()) {
          inputs.set([key, values[i]], 2 * i)
          inputs[queries[i]] = key
        }
        return asking(
          inputs,
          queries.map((query, i) => [query, values[i]]),
        )
      },
      show: showing((token) => {
        if (token === 0) return '·'
        return token < firstValue ? `k${token}` : `v${token - firstValue}`
      }),
    })
  },
})

/**
 * Different slots, each drawn in proportion to its likelihood among those that are left: the order in which exponential
 * clocks of these rates ring (Efraimidis and Spirakis 2006). No draw is thrown away, so that full sequences cost no more.
 */
function distinctSlots(random: Random, likelihood: Float64Array, count: number): number[] {
  const rings = likelihood.map((rate) => -Math.log1p(-random.uniform()) / rate)
  const last = rings.toSorted()[count - 1]
  return [...rings.keys()].filter((slot) => rings[slot] <= last).sort((a, b) => rings[a] - rings[b])
}
