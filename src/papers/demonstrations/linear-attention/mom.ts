/** MoM: whether several small states recall what one of the same size cannot hold. */
import { mom as mixer } from '../../../mechanisms/index.js'
import type { Demonstration } from '../../demonstration.js'
import { formsAgree, learnTask } from '../../lab/index.js'

const pairs = 16
const lesson = `mqar:length=64:pairs=${pairs}:vocabulary=40`
/** Four heads of eight channels: a state holds eight keys exactly. */
const size = { dim: 32, layers: 2, heads: 4, bias: false }
/** Trained for longer too: whether one state holds too little, or learns more slowly. */
const trainings = [500, 1000]
const designs = {
  'four memories': { id: 'mom', memories: 4, chosen: 2, shared: true },
  'one state': { id: 'mom', memories: 1, chosen: 1, shared: false },
}
const runs = trainings.flatMap((steps) => Object.entries(designs).map(([name, second]) => ({ name, second, steps })))

const percent = (score: number) => `${(100 * score).toFixed(1)} %`

export const mom: Demonstration = {
  id: 'mom',
  files: ['mechanisms/linear-attention/mom.ts', 'nn/delta.ts'],
  seed: 1,
  changed: `Sizes: 16 pairs in 64 tokens, and heads of 8 channels, so that as before there are more pairs than a state holds keys; ${trainings.join(' and ')} steps. The first layer is a gated convolution over two tokens, which joins a value to its key and recalls nothing.`,
  async run(lab) {
    const results = await lab.each(runs, async ({ name, second, steps }, own) => {
      own.progress(`training with ${name}, ${steps} steps`)
      const learned = await learnTask(own, lesson, {
        model: { ...size, mixers: [{ id: 'gated-convnet', taps: 2 } as { id: string }, second] },
        steps,
        batch: 32,
        rate: 4e-3,
        schedule: 'wsd',
        until: { score: 0.995, every: 100 },
      })
      return { score: (await learned.score()).score, parameters: learned.model.parameterCount }
    })
    const scores = results.map(({ score }) => percent(score))
    const gaps = trainings.map((_, i) => results[2 * i].score - results[2 * i + 1].score)
    const holds = gaps.every((gap) => gap >= 0.2)
    return {
      claims: [
        {
          says: 'four memories, of which a token uses two and the shared one, recall at least 20 points more than one state with the same rule, after either number of steps',
          holds,
          figures: [
            ...runs.map(({ name, steps }, i) => ({
              name: `${name}: accuracy after ${steps} steps`,
              value: results[i].score,
              tolerance: 0.1,
            })),
            ...Object.keys(designs).map((name, i) => ({
              name: `${name}: parameters`,
              value: results[i].parameters,
              tolerance: 0,
            })),
          ],
          ...(!holds && {
            because: `one state learns more slowly more than it holds less: ${trainings.map((steps, i) => `after ${steps} steps it recalls ${scores[2 * i + 1]} against ${scores[2 * i]}`).join(', ')}`,
          }),
        },
        await formsAgree(lab, mixer, 'chunks and single tokens agree to 1e-5, gradients to 1e-4; nothing leaks'),
      ],
      sentence: `Of ${pairs} pairs, heads of 8 channels recall ${scores[0]} with four memories and the shared one and ${scores[1]} with one state; after twice the steps, ${scores[2]} and ${scores[3]}.`,
    }
  },
}
