/** A stream of keys, each followed by its value, and one of the keys at the end: `a 3 c 7 a 3 b 1 c?`. */
import { z } from 'zod'
import { generated } from '../generated.js'
import { defineTask, type PublishedFigure } from '../task.js'
import { asking, showing, symbol } from './token-examples.js'

const figure = (model: string, value: number): PublishedFigure => ({
  model,
  setting: 'lengths and alphabets of the paper',
  metric: 'accuracy',
  value,
  from: 'Fu et al. 2022, arXiv:2212.14052, table of the synthetic languages, read in a text about it',
  warning: 'Guessing is right in a quarter of the cases there: the alphabets are smaller than here.',
})

export const inContextRecall = defineTask({
  kind: 'examples',
  id: 'in-context-recall',
  group: 'recall',
  title: 'In-context associative recall',
  shows: 'Whether a model can look up, at the end, what a key stood with earlier in the sequence.',
  source: {
    title: 'Hungry Hungry Hippos: Towards Language Modeling with State Space Models',
    authors: 'Fu, Dao, Saab, Thomas, Rudra, Ré',
    year: 2022,
    arxiv: '2212.14052',
    note: 'First in Ba et al. 2016 (arXiv:1610.06258). As there and in Hyena (arXiv:2302.10866), keys come again with the same value; alphabets are larger.',
  },
  metric: 'accuracy',
  config: z.strictObject({
    pairs: z.int().min(1).max(524_288).default(16).describe('pairs in the stream; keys may come again'),
    keys: z.int().min(1).max(65_536).default(32).describe('alphabet of the keys'),
    values: z
      .int()
      .min(2)
      .max(65_536)
      .default(32)
      .describe('alphabet of the values; several keys may have the same one'),
  }),
  difficulty: { setting: 'pairs', values: [8, 16, 32, 64, 128, 256] },
  published: [figure('S4D', 0.86), figure('gated state space', 0.78), figure('H3', 0.998), figure('attention', 1)],
  async open({ pairs, keys, values }) {
    return generated({
      task: 'in-context-recall',
      input: { kind: 'tokens', vocabulary: keys + values },
      output: { kind: 'tokens' },
      length: 2 * pairs + 1,
      answers: 1,
      chance: 1 / values,
      draw(random) {
        const bound = new Map<number, number>()
        const inputs = new Int32Array(2 * pairs + 1)
        for (let pair = 0; pair < pairs; pair++) {
          const key = random.below(keys)
          const value = bound.get(key) ?? keys + random.below(values)
          bound.set(key, value)
          inputs.set([key, value], 2 * pair)
        }
        const [key, value] = random.pick([...bound])
        inputs[2 * pairs] = key
        return asking(inputs, [[2 * pairs, value]])
      },
      show: showing((token) => (token < keys ? symbol(token) : `=${token - keys}`)),
    })
  },
})
