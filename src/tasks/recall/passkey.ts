/** A number within the same few sentences over and over, asked for at the end. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { generated } from '../generated.js'
import { defineTask } from '../task.js'
import { asking, showing } from './token-examples.js'
import { vocabularyOf } from './vocabulary.js'

const filler = [
  'The grass is green .',
  'The sky is blue .',
  'The sun is yellow .',
  'Here we go .',
  'There and back again .',
]
const question = 'What is the pass key ? The pass key is'
const needle = (key: string) => `The pass key is ${key} . Remember it . ${key} is the pass key .`

/** The digits come first, so that each is its own token. */
const vocabulary = vocabularyOf([...'0123456789', ...[...filler, question, needle('0')].join(' ').split(' ')])

export const passkey = defineTask({
  kind: 'examples',
  id: 'passkey',
  group: 'recall',
  title: 'Passkey retrieval',
  shows: 'Whether a model can find, however long the text, the one thing in it that is not always the same.',
  source: {
    title: 'Landmark Attention: Random-Access Infinite Context Length for Transformers',
    authors: 'Mohtashami, Jaggi',
    year: 2023,
    arxiv: '2305.16300',
    note: 'Its sentences, without the instruction at the beginning; each word, mark and digit is a token.',
  },
  metric: 'exact',
  config: z.strictObject({
    length: z.int().min(2).max(1_048_576).default(128).describe('positions'),
    digits: z.int().min(1).max(1000).default(5).describe('digits of the number'),
    depth: z
      .union([z.literal('anywhere'), z.number().min(0).max(1)])
      .default('anywhere')
      .describe('where the number stands: 0 is the beginning of the text, 1 its end, anywhere is drawn'),
  }),
  difficulty: { setting: 'length', values: [64, 128, 256, 512, 1024, 2048] },
  async open({ length, digits, depth }) {
    const asked = vocabulary.encode(question)
    const needleLength = vocabulary.encode(needle(Array(digits).fill(0).join(' '))).length
    // The last digit is predicted, but not read.
    const space = length - needleLength - asked.length - (digits - 1)
    if (space < 0) {
      throw new UserError(
        `passkey: length must be at least ${length - space} for ${digits} digits and the question, got ${length} – use a longer one`,
      )
    }
    const { text, borders } = fillerOf(space)
    const nearest = (place: number) =>
      borders.reduce((best, border) => (Math.abs(border - place) < Math.abs(best - place) ? border : best))
    const places = depth === 'anywhere' ? borders : [nearest(depth * space)]
    return generated({
      task: 'passkey',
      input: { kind: 'tokens', vocabulary: vocabulary.size },
      output: { kind: 'tokens' },
      length,
      answers: digits,
      chance: 1 / 10 ** digits,
      draw(random) {
        const key = Array.from({ length: digits }, () => random.below(10))
        const place = random.pick(places)
        const inputs = new Int32Array(length)
        inputs.set(text)
        inputs.set(vocabulary.encode(needle(key.join(' '))), place)
        inputs.set(text.subarray(place), place + needleLength)
        inputs.set(asked, space + needleLength)
        inputs.set(key.slice(0, -1), length - digits + 1)
        return asking(
          inputs,
          key.map((digit, i) => [length - digits + i, digit]),
        )
      },
      show: showing(vocabulary.word),
    })
  },
})

/** The last tokens of endless filler, and the places between its sentences, the beginning and the end included. */
function fillerOf(length: number): { text: Int32Array; borders: number[] } {
  const sentences = filler.map((sentence) => vocabulary.encode(sentence)).reverse()
  const text = new Int32Array(length)
  const borders = [length]
  for (let end = length, i = 0; end > 0; i++) {
    const sentence = sentences[i % sentences.length]
    const start = Math.max(0, end - sentence.length)
    text.set(sentence.slice(start - end), start)
    borders.push(start)
    end = start
  }
  return { text, borders }
}
