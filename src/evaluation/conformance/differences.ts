/** Central differences of a loss in float64. */
import type { TensorData } from '../../engine/index.js'
import { parameterStream } from '../../nn/initializers.js'
import { magnitude } from './finding.js'
import type { Loss } from './loss.js'
import type { Values } from './subject.js'

/** Relative to the magnitude of what is moved; with one extrapolation the error is of fourth order in it. */
export const usualStep = 2e-5

/** By path, how far each element moves. */
export type Direction = Readonly<Record<string, Float64Array>>

/** Every element of the inputs under `paths`, up or down at random by the inputs' own magnitudes. */
export function everyElement(at: Values, paths: readonly string[]): Direction {
  const moves = paths.map((path): [string, Float64Array] => {
    const random = parameterStream(5, path)
    const width = widthOf(at[path])
    return [path, Float64Array.from(at[path].data, () => (random() < 0.5 ? -width : width))]
  })
  return Object.fromEntries(moves)
}

/** One element of an input, picked by the numbers of `random`. */
export function oneElement(at: Values, path: string, random: () => number): Direction {
  const move = new Float64Array(at[path].data.length)
  move[Math.floor(random() * move.length)] = widthOf(at[path])
  return { [path]: move }
}

function widthOf({ data }: TensorData): number {
  return Math.max(magnitude(data), 0.1)
}

/**
 * The difference between the slope of a loss along `direction` and what its gradients say, relative to the slope's
 * expected size: `floor` is a gradient magnitude that counts as the least. A smaller step than the usual one crosses fewer
 * kinks, for more rounding.
 */
export async function differenceError(
  loss: Pick<Loss, 'value'>,
  at: Values,
  direction: Direction,
  gradients: Values,
  floor: number,
  step = usualStep,
): Promise<number> {
  const valueAt = (distance: number) => {
    const moved = Object.entries(direction).map(([path, along]): [string, TensorData] => {
      return [
        path,
        { ...at[path], data: Float64Array.from(at[path].data, (value, index) => value + distance * along[index]) },
      ]
    })
    return loss.value({ ...at, ...Object.fromEntries(moved) })
  }
  const slope = async (distance: number) => ((await valueAt(distance)) - (await valueAt(-distance))) / (2 * distance)
  const numeric = (4 * (await slope(step)) - (await slope(2 * step))) / 3
  let analytic = 0
  let size = 0
  for (const [path, along] of Object.entries(direction)) {
    const { data } = gradients[path]
    along.forEach((move, index) => {
      analytic += move * data[index]
    })
    const length = Math.sqrt(along.reduce((sum, move) => sum + move * move, 0))
    size = Math.max(size, length * Math.max(magnitude(data), floor))
  }
  return Math.abs(numeric - analytic) / size
}
