/** Say the token again: learned in a few steps. */
import { z } from 'zod'
import { defineTask, generated } from '#seqlab/tasks/index.js'

const source = generated({
  task: 'echo',
  input: { kind: 'tokens', vocabulary: 6 },
  output: { kind: 'tokens' },
  length: 6,
  answers: 6,
  chance: 1 / 6,
  show: () => ({ input: '', answer: '' }),
  draw(random) {
    const inputs = Int32Array.from({ length: 6 }, () => random.below(6))
    return { inputs, targets: inputs, weights: new Float32Array(6).fill(1) }
  },
})

export const echo = defineTask({
  kind: 'examples',
  id: 'echo',
  group: 'recall',
  title: 'Echo',
  shows: 'That something is learned.',
  source: { title: 'None', authors: 'None', year: 2026 },
  config: z.strictObject({}),
  metric: 'accuracy',
  open: async () => source,
})
export const echoes = source
