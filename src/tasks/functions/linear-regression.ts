import { z } from 'zod'
import { defineTask } from '../task.js'
import { gaussianPosterior } from './posterior.js'
import { regression, regressionSettings } from './regression.js'

export const linearRegression = defineTask({
  kind: 'examples',
  id: 'linear-regression',
  group: 'functions',
  title: 'Linear regression in context',
  shows: 'Whether a model fits a linear function to the points before it, as least squares does.',
  source: {
    title: 'What Can Transformers Learn In-Context? A Case Study of Simple Function Classes',
    authors: 'Garg, Tsipras, Liang and Valiant',
    year: 2022,
    arxiv: '2208.01066',
    note: 'There width=20:points=41, and a value takes the place of the first coordinate; here it has a feature of its own. Their curriculum over dimensions is a setting.',
  },
  metric: 'squaredError',
  config: z.strictObject({
    dimensions: z.int().min(1).max(256).default(8).describe('coordinates that are drawn; the others are 0'),
    ...regressionSettings,
  }),
  difficulty: { setting: 'dimensions', values: [1, 2, 4, 6, 8] },
  async open({ dimensions, ...rest }) {
    const all = [...Array(dimensions).keys()]
    return regression({
      ...rest,
      task: 'linear-regression',
      dimensions,
      power: dimensions,
      weights: (random) => all.map(() => random.normal()),
      posterior: () => gaussianPosterior(all, rest.noise),
    })
  },
})
