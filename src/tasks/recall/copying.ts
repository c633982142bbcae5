/** A string, to be said again after a separator: `d a b | d a b`. */
import { z } from 'zod'
import { generated } from '../generated.js'
import { defineTask } from '../task.js'
import { asking, showing, symbol } from './token-examples.js'

const separator = 0

export const copying = defineTask({
  kind: 'examples',
  id: 'copying',
  group: 'recall',
  title: 'Copying',
  shows: 'Whether a model can say a string again word for word, also one longer than any it was trained on.',
  source: {
    title: 'Repeat After Me: Transformers are Better than State Space Models at Copying',
    authors: 'Jelassi, Brandfonbrener, Kakade, Malach',
    year: 2024,
    arxiv: '2402.01032',
    note: 'Without their tokens for the beginning and the end. They train on strings of all lengths: set varied for that.',
  },
  metric: 'exact',
  config: z.strictObject({
    length: z.int().min(1).max(524_288).default(16).describe('symbols of the string'),
    alphabet: z.int().min(2).max(65_536).default(26).describe('different symbols'),
    varied: z
      .boolean()
      .default(false)
      .describe('train on strings of all lengths up to this one, equally often; others always have the full length'),
  }),
  difficulty: { setting: 'length', values: [8, 16, 32, 64, 128, 256] },
  async open({ length, alphabet, varied }) {
    const strings = (shortest: number) =>
      generated({
        task: 'copying',
        input: { kind: 'tokens', vocabulary: alphabet + 1 },
        output: { kind: 'tokens' },
        length: 2 * length,
        answers: length,
        chance: alphabet ** -length,
        draw(random) {
          const string = new Int32Array(random.between(shortest, length)).map(() => random.between(1, alphabet))
          const inputs = new Int32Array(2 * string.length)
          inputs.set(string)
          inputs[string.length] = separator
          inputs.set(string.subarray(0, -1), string.length + 1)
          return asking(
            inputs,
            Array.from(string, (token, i) => [string.length + i, token]),
          )
        },
        show: showing((token) => (token === separator ? '|' : symbol(token - 1))),
      })
    const full = strings(length)
    if (!varied) return full
    const training = strings(1)
    return { ...full, example: (part, ...at) => (part === 'train' ? training : full).example(part, ...at) }
  },
})
