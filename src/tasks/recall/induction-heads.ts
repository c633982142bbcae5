/** Random tokens with one special token among them, which ends the sequence too; what followed it is to be said again. */
import { z } from 'zod'
import { generated } from '../generated.js'
import { defineTask } from '../task.js'
import { asking, showing, symbol } from './token-examples.js'

const special = 0

export const inductionHeads = defineTask({
  kind: 'examples',
  id: 'induction-heads',
  group: 'recall',
  title: 'Induction heads',
  shows: 'Whether a model remembers the one token that matters over any number that do not.',
  source: {
    title: 'Mamba: Linear-Time Sequence Modeling with Selective State Spaces',
    authors: 'Gu, Dao',
    year: 2023,
    arxiv: '2312.00752',
    note: 'Trained at 256 tokens and tested from 64 on there; the special token is one of the 16 of the vocabulary.',
  },
  metric: 'accuracy',
  config: z.strictObject({
    length: z.int().min(3).max(1_048_576).default(256).describe('positions, the special token at the end included'),
    vocabulary: z.int().min(3).max(65_536).default(16).describe('tokens, the special one included'),
  }),
  difficulty: { setting: 'length', values: [64, 128, 256, 512, 1024, 2048] },
  async open({ length, vocabulary }) {
    return generated({
      task: 'induction-heads',
      input: { kind: 'tokens', vocabulary },
      output: { kind: 'tokens' },
      length,
      answers: 1,
      chance: 1 / (vocabulary - 1),
      draw(random) {
        const inputs = new Int32Array(length).map(() => random.between(special + 1, vocabulary - 1))
        const first = random.below(length - 2)
        inputs[first] = special
        inputs[length - 1] = special
        return asking(inputs, [[length - 1, inputs[first + 1]]])
      },
      show: showing((token) => (token === special ? '*' : symbol(token - 1))),
    })
  },
})
