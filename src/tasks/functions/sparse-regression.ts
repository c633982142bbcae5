import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { defineTask } from '../task.js'
import { mixturePosterior } from './posterior.js'
import { regression, regressionSettings } from './regression.js'

/** Supports that the bound still enumerates: a fraction of a second for each example. */
const enumerable = 5000

export const sparseRegression = defineTask({
  kind: 'examples',
  id: 'sparse-regression',
  group: 'functions',
  title: 'Sparse linear regression in context',
  shows: 'Whether a model finds from fewer points than coordinates which few of them matter.',
  source: {
    title: 'What Can Transformers Learn In-Context? A Case Study of Simple Function Classes',
    authors: 'Garg, Tsipras, Liang and Valiant',
    year: 2022,
    arxiv: '2208.01066',
    note: `There width=20:nonzero=3:points=41, and a value takes the place of the first coordinate; here it has a feature of its own. The bound averages over all supports; with more than ${enumerable} of them there is none.`,
  },
  metric: 'squaredError',
  config: z.strictObject({
    nonzero: z.int().min(1).max(256).default(2).describe('weights that are not 0; which ones, each example draws'),
    ...regressionSettings,
  }),
  difficulty: { setting: 'nonzero', values: [1, 2, 3, 4] },
  async open({ nonzero, ...rest }) {
    const { width, noise } = rest
    if (nonzero > width) {
      throw new UserError(
        `task sparse-regression: nonzero must be at most width ${width}, got ${nonzero} – use width=${nonzero} or more`,
      )
    }
    return regression({
      ...rest,
      task: 'sparse-regression',
      dimensions: width,
      power: nonzero,
      weights(random) {
        const weights = new Float64Array(width)
        for (const coordinate of random.distinct(nonzero, width)) weights[coordinate] = random.normal()
        return weights
      },
      posterior:
        combinations(width, nonzero) <= enumerable ? () => mixturePosterior(subsets(width, nonzero), noise) : undefined,
    })
  },
})

function combinations(n: number, k: number): number {
  let result = 1
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i
  return result
}

/** All subsets of [0, n) with k members. */
function* subsets(n: number, k: number): Generator<number[]> {
  if (k === 0) yield []
  else for (let last = k - 1; last < n; last++) for (const rest of subsets(last, k - 1)) yield [...rest, last]
}
