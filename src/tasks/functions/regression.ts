/** What the regressions share: points and values by turns, and the error that no predictor can beat. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { generated } from '../generated.js'
import type { Random } from '../random.js'
import type { Example, ExampleSource } from '../task.js'
import type { Posterior } from './posterior.js'

const count = z.int().min(1)

export const regressionSettings = {
  width: count.max(256).default(8).describe('coordinates of a point that the model sees; the value has one more'),
  points: count.max(4096).default(16).describe('points of an example; two positions each'),
  noise: z.number().min(0).max(100).default(0).describe('deviation of the normal noise on each value'),
}

export interface Regression {
  readonly task: string
  readonly width: number
  /** Coordinates that are drawn; the others are 0. At most the width. */
  readonly dimensions: number
  readonly points: number
  readonly noise: number
  /** E[(w·x)²]. */
  readonly power: number
  weights(random: Random): ArrayLike<number>
  /** Of the weights before anything is seen; none where it costs too much. */
  posterior?(): Posterior
}

/**
 * x ~ N(0, I), y = w·x + noise. Position 2i holds x_i and asks for y_i, position 2i + 1 holds y_i in the last feature.
 *
 * @throws UserError when more coordinates are drawn than the width has
 */
export function regression(settings: Regression): ExampleSource {
  const { task, width, dimensions, points, noise, power, weights, posterior } = settings
  if (dimensions > width) {
    throw new UserError(
      `task ${task}: dimensions must be at most width ${width}, got ${dimensions} – use width=${dimensions} or more`,
    )
  }
  const features = width + 1
  const pointOf = (inputs: Example['inputs'], i: number) => inputs.subarray(2 * i * features, 2 * i * features + width)

  return generated({
    task,
    input: { kind: 'vectors', width: features },
    output: { kind: 'values', outputs: 1 },
    length: 2 * points,
    answers: points,
    chance: power + noise ** 2,
    draw(random) {
      const w = weights(random)
      const inputs = new Float32Array(2 * points * features)
      const targets = new Float32Array(2 * points)
      for (let i = 0; i < points; i++) {
        const x = pointOf(inputs, i)
        let y = noise * random.normal()
        for (let j = 0; j < dimensions; j++) {
          x[j] = random.normal()
          y += w[j] * x[j]
        }
        targets[2 * i] = y
        inputs[(2 * i + 2) * features - 1] = y
      }
      return { inputs, targets, weights: targets.map((_, position) => 1 - (position % 2)) }
    },
    show({ inputs, targets }) {
      const indices = [...Array(points).keys()]
      const point = (i: number) => [...pointOf(inputs, i)].map((value) => value.toFixed(2)).join(', ')
      const value = (i: number) => targets[2 * i].toFixed(2)
      return {
        input: indices.map((i) => `x${i + 1} = (${point(i)}), y${i + 1} = ${value(i)}`).join('\n'),
        answer: indices.map((i) => `y${i + 1} = ${value(i)}`).join(', '),
      }
    },
    bound:
      posterior &&
      (({ inputs, targets }) => {
        const known = posterior()
        return Float64Array.from({ length: points }, (_, i) => {
          const x = pointOf(inputs, i)
          const { variance } = known.predict(x)
          known.observe(x, targets[2 * i])
          return variance + noise ** 2
        })
      }),
  })
}
