/** What a benchmark repeats: a training step, or one generated token. */

import { randomBelow } from '../../data/index.js'
import type { Executor, TensorData } from '../../engine/index.js'
import { createDecoder, type ParameterSource, type WeightForm } from '../../inference/index.js'
import type { Model } from '../../models/index.js'
import { parameterStream } from '../../nn/index.js'
import { adamW, createSession, type Optimizer } from '../../training/index.js'

export interface Workload {
  /** Tokens of one step. */
  readonly tokens: number
  /** Whether it runs in the thread that asks for it, as generation does: a token is too little work to send to another. */
  readonly inThread?: boolean
  start(executor: Executor): Promise<Running>
}

export interface Running {
  step(): Promise<void>
  /** What the steps so far have made of parameters, moments or memory, by path. */
  state(): Promise<Readonly<Record<string, TensorData>>>
}

interface TrainingOptions {
  readonly model: () => Model
  readonly batch: number
  readonly context: number
  readonly optimizer?: Optimizer
  readonly weightDecay?: number
  /** 0 for none. */
  readonly clip?: number
}

const rate = 1e-3

/** Training steps on one batch of random tokens; optimizer, decay and clipping as `train` has them by default. */
export function training(options: TrainingOptions): Workload {
  const { batch, context, optimizer = adamW(), weightDecay = 0.1, clip = 1 } = options
  const settings = { batch, context, clip, weighted: false, resets: false, carry: false, accumulate: 1 }
  return {
    tokens: batch * context,
    async start(executor) {
      const model = options.model()
      const session = await createSession(model, optimizer, { ...settings, frozen: () => false }, executor, 0)
      await session.load(model.initialParameters(0))
      const tokens = (stream: number) =>
        Int32Array.from({ length: batch * context }, (_, i) => randomBelow(vocabularyOf(model), stream, i))
      const batches = [{ inputs: tokens(0), targets: tokens(1) }]
      let steps = 0
      return {
        step: async () => void (await session.step(++steps, batches, rate, weightDecay)),
        state: () => session.store.read(),
      }
    },
  }
}

/** One token after the other through the recurrent form, a single text. */
export function decoding(model: () => Model, weights: WeightForm = 'f32'): Workload {
  return {
    tokens: 1,
    inThread: true,
    async start(executor) {
      const built = model()
      const decoder = await createDecoder(built, drawn(built), { executor, weights })
      return {
        step: async () => void (await decoder.step([decoder.position % vocabularyOf(built)])),
        state: () => decoder.state(),
      }
    },
  }
}

/** Starting values, one parameter at a time: memory is then what decoding takes. */
function drawn({ parameterList }: Model): ParameterSource {
  const byPath = new Map(parameterList.map((parameter) => [parameter.path, parameter]))
  return (path) => {
    const { shape, initial } = byPath.get(path)!
    return { shape, dtype: 'f32', data: initial(shape, parameterStream(0, path)) }
  }
}

function vocabularyOf({ config: { input } }: Model): number {
  if (input.kind !== 'tokens') throw new Error('bench: workloads are over tokens, got a model of vectors')
  return input.vocabulary
}
