/** A list of nouns, other text, and the list again: every noun of the second list after its first is to be predicted. */
import { z } from 'zod'
import { generated } from '../generated.js'
import { defineTask } from '../task.js'
import { asking, showing } from './token-examples.js'
import { vocabularyOf } from './vocabulary.js'
import { nouns, sentenceLength, sentencesIn, sentenceWords } from './words.js'

const first = 'Mary wrote down a list of words :'
const again = 'Then Mary read the list again :'
const vocabulary = vocabularyOf([...sentenceWords, ...`${first} ${again} ,`.split(' ')])
const sentence = sentencesIn(vocabulary)
const lengthOf = (text: string) => vocabulary.encode(text).length

export const listRetrieval = defineTask({
  kind: 'examples',
  id: 'list-retrieval',
  group: 'recall',
  title: 'Verbatim list retrieval',
  shows: 'Whether a model keeps which words it has read, and in which order, while it reads on.',
  source: {
    title: 'Characterizing Verbatim Short-Term Memory in Neural Language Models',
    authors: 'Armeni, Honey, Linzen',
    year: 2022,
    arxiv: '2210.13569',
    note: 'A task to train on, not a probe of a language model: words are tokens, and the text between the lists is random sentences with the same nouns.',
  },
  metric: 'accuracy',
  config: z.strictObject({
    nouns: z.int().min(2).max(nouns.length).default(5).describe('nouns of the list, all different'),
    filler: z.int().min(0).max(65_536).default(4).describe(`sentences of ${sentenceLength} words between the lists`),
  }),
  difficulty: { setting: 'filler', values: [0, 2, 4, 8, 16, 32, 64, 128] },
  async open({ nouns: count, filler }) {
    // Nouns with a comma between each two; a full stop ends the first list, and the last noun of the second is not read.
    const length = lengthOf(first) + 2 * count + filler * sentenceLength + lengthOf(again) + 2 * count - 2
    return generated({
      task: 'list-retrieval',
      input: { kind: 'tokens', vocabulary: vocabulary.size },
      output: { kind: 'tokens' },
      length,
      answers: count - 1,
      chance: 1 / nouns.length,
      draw(random) {
        const list = random.distinct(count, nouns.length).map((i) => nouns[i])
        const second = list.slice(0, -1).map((noun) => `${noun} ,`)
        const inputs = Int32Array.from([
          ...vocabulary.encode(`${first} ${list.join(' , ')} .`),
          ...Array.from({ length: filler }, () => sentence(random)).flat(),
          ...vocabulary.encode(`${again} ${second.join(' ')}`),
        ])
        const answers = vocabulary.encode(list.slice(1).join(' '))
        return asking(
          inputs,
          answers.map((token, i) => [length - 1 - 2 * (answers.length - 1 - i), token]),
        )
      },
      show: showing(vocabulary.word),
    })
  },
})
