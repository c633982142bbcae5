/** A network with inputs and parameters of its own, run and differentiated in float64 or f32. */
import {
  type Executable,
  type Executor,
  keyOfSeed,
  type Spec,
  scalar,
  type Tensor,
  type TensorData,
  trace,
  vjp,
} from '../../engine/index.js'
import type { Network } from '../../models/index.js'
import { gaussian, parameterStream } from '../../nn/initializers.js'
import { bind, listParameters, nest } from '../../nn/parameter.js'
import type { Values } from './subject.js'

export interface NetworkTrial {
  readonly network: Network
  readonly config: unknown
  /** Settings that differ from the plain ones, as findings name them. */
  readonly label: string
}

export const rows = 2

/** Random values for inputs and parameters by path: `inputs.…`, `parameters.…`; none of the latter at an exact 0 or 1. */
export function networkValues({ network, config }: NetworkTrial, seed: number): Values {
  const inputs = Object.entries(network.inputs(config, rows)).map(([name, spec]): [string, TensorData] => {
    const random = parameterStream(seed, name)
    const size = spec.shape.reduce((a, b) => a * b, 1)
    const integers = () => Int32Array.from({ length: size }, () => Math.floor(random() * (spec.below ?? 2)))
    const data = spec.dtype === 'i32' ? integers() : gaussian(1)(spec.shape, random)
    return [`inputs.${name}`, { shape: spec.shape, dtype: spec.dtype, data }]
  })
  const parameters = listParameters(network.parameters(config)).map(
    ({ path, shape, initial }): [string, TensorData] => {
      const start = initial(shape, parameterStream(1, path))
      const noise = gaussian(0.3)(shape, parameterStream(2, path))
      return [`parameters.${path}`, { shape, dtype: 'f32', data: start.map((value, index) => value + noise[index]) }]
    },
  )
  return Object.fromEntries([...inputs, ...parameters])
}

export type NetworkRunner = ReturnType<typeof networkRunner>

/** Programs of a network on an executor, with the draws of a fixed key. */
export function networkRunner({ network, config }: NetworkTrial, like: Values, executor: Executor) {
  const specs = Object.fromEntries(Object.entries(like).map(([path, { shape, dtype }]) => [path, { shape, dtype }]))
  const sources = Object.keys(specs).filter((path) => specs[path].dtype === 'f32')
  const tree = network.parameters(config)
  const key: Spec = { shape: [2], dtype: 'i32' }
  const forward = (values: Readonly<Record<string, Tensor>>, drawn: Tensor) => {
    const inputs = Object.keys(network.inputs(config, rows)).map((name) => [name, values[`inputs.${name}`]])
    const tensors = nest(tree, ({ path }) => values[`parameters.${path}`])
    const setting = { config, training: true, ...(network.random && { key: drawn }) }
    return network.forward(bind(tree, tensors), Object.fromEntries(inputs), setting)
  }
  const program = (fn: (values: Readonly<Record<string, Tensor>>, drawn: Tensor) => readonly Tensor[]) => {
    let executable: Promise<Executable> | undefined
    return async (values: Values, seed = 1): Promise<TensorData[]> => {
      executable ??= executor.compile(trace((given, drawn) => [...fn(given, drawn)], specs, key))
      return (await executable).run([...Object.keys(specs).map((path) => values[path]), keyOfSeed(seed)])
    }
  }
  let names: string[] = []
  const run = program((values, drawn) => {
    const { loss, outputs } = forward(values, drawn)
    names = Object.keys(outputs)
    return [loss, ...Object.values(outputs)]
  })
  let reached: string[] = []
  const differentiate = program((values, drawn) => {
    const { loss } = forward(values, drawn)
    const given = sources.map((path) => values[path])
    const found = vjp([loss], [scalar(1)], given)
    reached = sources.filter((_, index) => found[index])
    return found.filter((each) => each !== undefined)
  })
  return {
    /** The loss, and outputs by name. */
    async run(values: Values, seed?: number): Promise<{ loss: TensorData; outputs: Values }> {
      const [loss, ...outputs] = await run(values, seed)
      return { loss, outputs: Object.fromEntries(names.map((name, index) => [name, outputs[index]])) }
    },
    value: async (values: Values): Promise<number> => (await run(values))[0].data[0],
    /** Of the loss, by path; absent where it does not depend on an input. */
    async gradients(values: Values): Promise<Values> {
      const found = await differentiate(values)
      return Object.fromEntries(reached.map((path, index) => [path, found[index]]))
    },
  }
}
