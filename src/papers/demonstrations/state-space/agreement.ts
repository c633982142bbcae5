/** How far a mixer's steps, one by one, lie from what it makes of the whole sequence at once. */
import { full, type TensorData } from '../../../engine/index.js'
import type { Mixer } from '../../../mechanisms/index.js'
import { gaussian, parameterStream } from '../../../nn/initializers.js'
import { bind, listParameters, nest } from '../../../nn/parameter.js'
import type { Lab } from '../../demonstration.js'
import { compute, largestError } from '../../lab/index.js'

/** Largest error over the largest value in f32, at the starting values; packed documents are what asks for steps. */
export async function agreement(
  lab: Lab,
  mixer: Mixer,
  settings: object,
  dim: number,
  length: number,
): Promise<number> {
  const config = { ...mixer.config.parse(settings), dim, heads: 1, bias: true }
  const tree = mixer.parameters(config)
  const parameters = listParameters(tree).map(({ path, shape, initial }): [string, TensorData] => {
    return [path, { shape, dtype: 'f32', data: initial(shape, parameterStream(lab.seed, path)) }]
  })
  const shape = [1, length, dim]
  const places = Int32Array.from({ length }, (_, t) => t)
  const inputs: Record<string, TensorData> = {
    ...Object.fromEntries(parameters),
    ' x': { shape, dtype: 'f32', data: gaussian(1)(shape, parameterStream(lab.seed, 'x')) },
    ' positions': { shape: [1, length], dtype: 'i32', data: places },
    ' documents': { shape: [1, length], dtype: 'i32', data: new Int32Array(length) },
    ' carried': { shape: [1], dtype: 'i32', data: new Int32Array(1) },
  }
  const { whole, stepped } = await compute(lab, inputs, (given) => {
    const p = bind(
      tree,
      nest(tree, ({ path }) => given[path]),
    )
    const start = mixer.state(config, { batch: 1, capacity: 0 }) as Record<string, { shape: readonly number[] }>
    const state = Object.fromEntries(Object.entries(start).map(([name, leaf]) => [name, full(leaf.shape, 0)]))
    const run = (documents: object) => {
      const setting = { config, p, context: { positions: given[' positions'], training: false, ...documents } }
      const projected = mixer.project(p, given[' x'], setting)
      return mixer.output(p, mixer.parallel(projected, state, setting).y, projected, setting)
    }
    return { whole: run({}), stepped: run({ documents: given[' documents'], carriedDocument: given[' carried'] }) }
  })
  return largestError(stepped, whole)
}
