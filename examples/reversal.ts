/** Reversal: a string, to be said again from its end: `d a b | b a d`. */
import { defineTask, generated } from 'seqlab/tasks'
import { z } from 'zod'

const alphabet = 'abcdefghijklmnopqrstuvwxyz'

export const reversal = defineTask({
  kind: 'examples',
  id: 'reversal',
  group: 'recall',
  title: 'Reversal',
  shows: 'Whether a model gives back first what it read last, as a stack does.',
  source: {
    title: 'Neural Networks and the Chomsky Hierarchy',
    authors: 'Delétang et al.',
    year: 2022,
    arxiv: '2207.02098',
    note: 'There strings are of two letters and of varied length, and no answer is read back.',
  },
  config: z.strictObject({
    length: z.int().min(2).max(512).default(8).describe('letters of the string'),
    letters: z.int().min(2).max(alphabet.length).default(8).describe('different letters'),
  }),
  difficulty: { setting: 'length', values: [4, 8, 16, 32] },
  metric: 'accuracy',

  async open({ length, letters }) {
    const bar = letters
    const words = (tokens: ArrayLike<number>) =>
      Array.from(tokens, (token) => (token === bar ? '|' : alphabet[token])).join(' ')
    return generated({
      task: 'reversal',
      input: { kind: 'tokens', vocabulary: letters + 1 },
      output: { kind: 'tokens' },
      length: 2 * length,
      answers: length,
      chance: 1 / letters,
      draw(random) {
        const string = Array.from({ length }, () => random.below(letters))
        const answer = [...string].reverse()
        const targets = new Int32Array(2 * length)
        targets.set(answer, length)
        return {
          // Each answer is read before the next one is asked for.
          inputs: Int32Array.of(...string, bar, ...answer.slice(0, -1)),
          targets,
          weights: new Float32Array(2 * length).fill(1, length),
        }
      },
      show: ({ inputs, targets }) => ({
        input: words(inputs.subarray(0, length + 1)),
        answer: words(targets.subarray(length)),
      }),
    })
  },
})
