import { z } from 'zod'
import { generated } from '../generated.js'
import { defineTask, type PublishedFigure } from '../task.js'

const figure = (model: string, value: number): PublishedFigure => ({
  model,
  setting: 'length=600',
  metric: 'squaredError',
  value,
  from: 'Bai, Kolter and Koltun 2018, arXiv:1803.01271, table 1',
})

export const adding = defineTask({
  kind: 'examples',
  id: 'adding',
  group: 'signals',
  title: 'Adding problem',
  shows: 'Whether a model carries two real values precisely over a long sequence of others.',
  source: {
    title: 'Long Short-Term Memory',
    authors: 'Hochreiter and Schmidhuber',
    year: 1997,
    note: 'In the form of Bai et al. 2018 (arXiv:1803.01271), which the figures are for: values in [0, 1) instead of [−1, 1], their plain sum instead of ½ + sum / 4, one mark in each half and a fixed length.',
  },
  metric: 'squaredError',
  config: z.strictObject({
    length: z.int().min(2).max(65536).default(100).describe('values, of which two are marked'),
  }),
  difficulty: { setting: 'length', values: [50, 100, 200, 400, 600, 1000] },
  published: [figure('LSTM', 0.164), figure('GRU', 5.3e-5), figure('RNN', 0.177), figure('TCN', 5.8e-5)],
  async open({ length }) {
    const half = length >> 1
    return generated({
      task: 'adding',
      input: { kind: 'vectors', width: 2 },
      output: { kind: 'values', outputs: 1 },
      length,
      answers: 1,
      // The variance of a sum of two uniform values, which the guess 1 leaves.
      chance: 1 / 6,
      draw(random) {
        const inputs = new Float32Array(2 * length)
        for (let i = 0; i < length; i++) inputs[2 * i] = random.uniform()
        const marked = [random.below(half), random.between(half, length - 1)]
        for (const position of marked) inputs[2 * position + 1] = 1
        const targets = new Float32Array(length)
        targets[length - 1] = inputs[2 * marked[0]] + inputs[2 * marked[1]]
        return { inputs, targets, weights: new Float32Array(length).fill(1, length - 1) }
      },
      show: ({ inputs, targets }) => ({
        input: Array.from(targets, (_, i) => `${inputs[2 * i].toFixed(3)}${inputs[2 * i + 1] === 1 ? '*' : ''}`).join(
          ' ',
        ),
        answer: targets[length - 1].toFixed(3),
      }),
    })
  },
})
