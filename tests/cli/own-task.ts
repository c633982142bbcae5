/** A task of one's own: the larger of two numbers, which stand before it. */
import { z } from 'zod'
import { defineTask, generated } from '#seqlab/tasks/index.js'

export const larger = defineTask({
  kind: 'examples',
  id: 'larger',
  group: 'reasoning',
  title: 'The larger number',
  shows: 'Whether two numbers can be compared.',
  source: { title: 'None', authors: 'None', year: 2026 },
  config: z.strictObject({
    numbers: z.int().min(2).max(64).default(16).describe('numbers are below this'),
    length: z.int().min(2).max(64).default(2).describe('numbers to compare'),
  }),
  difficulty: { setting: 'length', values: [2, 4] },
  metric: 'accuracy',
  async open({ numbers, length }) {
    return generated({
      task: 'larger',
      input: { kind: 'tokens', vocabulary: numbers },
      output: { kind: 'tokens' },
      length,
      answers: 1,
      chance: 2 / numbers,
      draw(random) {
        const inputs = Int32Array.from({ length }, () => random.below(numbers))
        const targets = new Int32Array(length)
        const weights = new Float32Array(length)
        targets[length - 1] = Math.max(...inputs)
        weights[length - 1] = 1
        return { inputs, targets, weights }
      },
      show: ({ inputs, targets }) => ({ input: inputs.join(' '), answer: `${targets[length - 1]}` }),
    })
  },
})
