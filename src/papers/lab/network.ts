/** Training a network within a demonstration: on examples made by a function of the step, with what asks it afterwards. */
import { keyOfSeed, type TensorData } from '../../engine/index.js'
import type { Network } from '../../models/index.js'
import type { ParameterTree } from '../../nn/parameter.js'
import { createRandom, type Random } from '../../tasks/index.js'
import { type Batch, createLearner, rateAt, type ScheduleName } from '../../training/index.js'
import type { Lab } from '../demonstration.js'

export interface NetworkLearning {
  /** The inputs of `count` examples. */
  examples(random: Random, count: number): Batch
  readonly steps: number
  readonly batch: number
  readonly rate: number
  /** `wsd` by default. */
  readonly schedule?: ScheduleName
  readonly weightDecay?: number
  /** Another seed than the demonstration's. */
  readonly seed?: number
  /** Parameters to begin with, by path. */
  readonly start?: Readonly<Record<string, TensorData>>
  /** Parameters that keep their values, by path. */
  readonly frozen?: (path: string) => boolean
  /** Asked as often as this; training ends when it is true. */
  readonly until?: { readonly every: number; reached(outputs: Outputs, inputs: Batch): boolean }
}

/** What a network returns beside its loss, by name. */
export type Outputs = Readonly<Record<string, TensorData>>

export type TrainedNetwork = Awaited<ReturnType<typeof learnNetwork>>

/** Learns a network; test examples come from a stream of their own. */
export async function learnNetwork<C, P extends ParameterTree>(
  lab: Lab,
  network: Network<C, P>,
  settings: Partial<C>,
  learning: NetworkLearning,
) {
  const { examples, steps, batch, rate, schedule = 'wsd', weightDecay = 0.01, seed = lab.seed, until } = learning
  const { start, frozen } = learning
  const config = network.config.parse(settings)
  network.validate?.(config)
  const parameters = network.parameters(config)
  const learner = await createLearner(lab.executor, {
    parameters,
    inputs: network.inputs(config, batch),
    loss: (p, inputs, key) => {
      const { loss } = network.forward(p, inputs, { config, training: true, key })
      return { loss, fetch: {} }
    },
    frozen,
    seed,
  })
  if (start) await learner.load(start)
  const readers = new Map<number, (given: Batch) => Promise<Outputs>>()

  /** Outputs for `count` inputs; what is random is drawn with the key of a number. */
  async function ask(inputs: Batch, draw = 1): Promise<Outputs> {
    const count = Object.values(inputs)[0].shape[0]
    const specs = { ...network.inputs(config, count), key: { shape: [2], dtype: 'i32' } as const }
    const reader =
      readers.get(count) ??
      (await learner.reader(specs, (p, { key, ...given }) => {
        return network.forward(p, given, { config, training: false, key }).outputs
      }))
    readers.set(count, reader)
    return reader({ ...inputs, key: keyOfSeed(draw) })
  }

  const tested = (count: number, stream = 0) => examples(createRandom(seed, 2, stream), count)
  const losses: number[] = []
  for (let step = 1; step <= steps; step++) {
    lab.signal?.throwIfAborted()
    const at = rateAt(schedule, step, { peak: rate, warmup: Math.round(steps * 0.05), steps })
    losses.push((await learner.step(step, examples(createRandom(seed, 1, step), batch), at, weightDecay)).loss)
    if (step % 100 === 0) lab.progress(`${network.id}: step ${step} of ${steps}, loss ${losses[step - 1].toFixed(3)}`)
    if (until && step % until.every === 0) {
      const inputs = tested(128, 1)
      if (until.reached(await ask(inputs), inputs)) break
    }
  }
  return { learner, config, losses, steps: losses.length, ask, tested }
}

/** Whole numbers of shape [N, …], row by row. */
export function integers(rows: readonly (readonly number[])[], inner: readonly number[]): TensorData {
  return { shape: [rows.length, ...inner], dtype: 'i32', data: Int32Array.from(rows.flat()) }
}

/** Index of the largest of each row of the last axis. */
export function choices({ shape, data }: TensorData): number[] {
  const width = shape[shape.length - 1]
  return Array.from({ length: data.length / width }, (_, row) => {
    const values = data.subarray(row * width, (row + 1) * width)
    return values.indexOf(Math.max(...values))
  })
}
