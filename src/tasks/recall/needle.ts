/** Facts among sentences that do not matter, some of which are asked for at the end. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { generated } from '../generated.js'
import { defineTask } from '../task.js'
import { asking, showing } from './token-examples.js'
import { vocabularyOf } from './vocabulary.js'
import { nouns, sentenceLength, sentencesIn, sentenceWords } from './words.js'

const fact = (noun: string, value: number) => `the number of the ${noun} is ${value} .`
const question = (noun: string) => `what is the number of the ${noun} ?`
const wordsOf = (text: string) => text.split(' ')
const factLength = wordsOf(fact('king', 0)).length
const questionLength = wordsOf(question('king')).length

export const needle = defineTask({
  kind: 'examples',
  id: 'needle',
  group: 'recall',
  title: 'Needles in a haystack',
  shows: 'Whether a model can pick a few facts out of a long text and say which value belongs to which name.',
  source: {
    title: 'RULER: What’s the Real Context Size of Your Long-Context Language Models?',
    authors: 'Hsieh, Sun, Kriman, Acharya, Rekesh, Jia, Zhang, Ginsburg',
    year: 2024,
    arxiv: '2404.06654',
    note: 'Its needles with many keys and queries, after Kamradt 2023; the haystack is made of random sentences that use the same nouns.',
  },
  metric: 'accuracy',
  config: z.strictObject({
    length: z.int().min(2).max(1_048_576).default(256).describe('positions'),
    needles: z.int().min(1).max(nouns.length).default(4).describe('facts in the text, each about another noun'),
    questions: z.int().min(1).max(nouns.length).default(2).describe('facts that are asked for'),
    values: z.int().min(2).max(10_000).default(100).describe('numbers from 0 to this, exclusive; each is one token'),
  }),
  difficulty: { setting: 'length', values: [64, 128, 256, 512, 1024, 2048] },
  async open({ length, needles, questions, values }) {
    if (questions > needles) {
      throw new UserError(
        `needle: questions must be at most needles ${needles}, got ${questions} – ask for fewer, or hide more needles`,
      )
    }
    // Each question is followed by its answer, but the last answer is not read.
    const space = length - needles * factLength - questions * (questionLength + 1) + 1
    if (space < 0) {
      throw new UserError(
        `needle: length must be at least ${length - space} for ${needles} needles and ${questions} questions, got ${length} – use a longer one`,
      )
    }
    const vocabulary = vocabularyOf([
      ...Array.from({ length: values }, (_, value) => String(value)),
      ...sentenceWords,
      ...wordsOf(fact('king', 0)),
      ...wordsOf(question('king')),
    ])
    const sentence = sentencesIn(vocabulary)
    const sentences = Math.floor(space / sentenceLength)
    return generated({
      task: 'needle',
      input: { kind: 'tokens', vocabulary: vocabulary.size },
      output: { kind: 'tokens' },
      length,
      answers: questions,
      chance: 1 / values,
      draw(random) {
        const facts = random
          .distinct(needles, nouns.length)
          .map((i) => ({ noun: nouns[i], value: random.below(values) }))
        const others = Array.from({ length: sentences }, () => sentence(random))
        const told = facts.map(({ noun, value }) => vocabulary.encode(fact(noun, value)))
        // The text begins within a sentence, so that it is as long as it should be.
        const beginning = sentence(random).slice(sentenceLength - (space % sentenceLength))
        const asked = facts.slice(0, questions)
        const exchanges = asked.map(({ noun, value }) => vocabulary.encode(`${question(noun)} ${value}`))
        const text = [beginning, ...random.shuffled([...told, ...others]), ...exchanges].flat()
        const inputs = Int32Array.from(text.slice(0, length))
        const end = (i: number) => length - (questions - 1 - i) * (questionLength + 1) - 1
        return asking(
          inputs,
          asked.map(({ value }, i) => [end(i), value]),
        )
      },
      show: showing(vocabulary.word),
    })
  },
})
