/** A model in training: its state in a store, its programs compiled. Knows nothing of files, schedules or corpora. */

import { randomBits } from '../data/index.js'
import { compileStateful, type Executor, keyOfSeed, type Stateful, type TensorData } from '../engine/index.js'
import { carriedLeaves, type Model, parameterValues, startedLeaves } from '../models/index.js'
import { batchData, type TrainingBatch } from './batch.js'
import { checkTensors, parameterSpecs } from './fit.js'
import { leastOfPass, requireMemory, requireMemoryFor } from './memory.js'
import type { Optimizer } from './optimizer.js'
import {
  accumulateProgram,
  accumulatorLeaves,
  evaluationState,
  momentLeaves,
  type TrainingSettings,
  trainProgram,
  updateProgram,
} from './programs.js'

export interface StepResult {
  /** Mean loss of the batch, nats per token. */
  readonly loss: number
  /** Norm of the gradient before clipping. */
  readonly norm: number
}

export type Session = Awaited<ReturnType<typeof createSession>>

/** What is not said: every target counts, rows are texts of their own, clipping at 1, one part a step, everything learns. */
const defaults = { weighted: false, resets: false, carry: false, clip: 1, accumulate: 1, frozen: () => false }

/** Batch and context, and what departs from the defaults. */
export type SessionSettings = Pick<TrainingSettings, 'batch' | 'context'> & Partial<TrainingSettings>

const whatOf = ({ batch, context }: Pick<SessionSettings, 'batch' | 'context'>) =>
  `train: this model in steps of batch ${batch} × context ${context}`

const keptLeaves = (model: Model, optimizer: Optimizer, settings: TrainingSettings) => ({
  ...momentLeaves(model, optimizer, settings),
  ...accumulatorLeaves(model, settings),
  ...(settings.carry ? carriedLeaves(model, settings.batch) : {}),
})

/** What can be told of a session's memory before it is made. @throws UserError for more than this machine can hold */
export function requireTrainingMemory(model: Model, optimizer: Optimizer, given: SessionSettings): void {
  const settings = { ...defaults, ...given }
  const held = [...Object.values(parameterSpecs(model)), ...Object.values(keptLeaves(model, optimizer, settings))]
  // The store holds what is replaced twice; the backward pass needs the input of every block.
  requireMemory([...held, ...held, ...leastOfPass(model, settings, model.layers.length)], whatOf(settings))
}

/** `seed` drives dropout; the random key of a step depends on it and the step alone. */
export async function createSession(
  model: Model,
  optimizer: Optimizer,
  given: SessionSettings,
  executor: Executor,
  seed = 0,
) {
  const settings: TrainingSettings = { ...defaults, ...given }
  const store = executor.createStore()
  const leaves = keptLeaves(model, optimizer, settings)
  requireTrainingMemory(model, optimizer, settings)
  const compile = <Feeds, F>(stateful: Stateful<F>) => {
    requireMemoryFor(stateful.program, whatOf(settings))
    return compileStateful<Feeds, F>(executor, store, stateful)
  }
  const whole = settings.accumulate === 1 ? await compile(trainProgram(model, optimizer, settings)) : undefined
  const parts = whole ? undefined : await compile(accumulateProgram(model, settings))
  const update = whole ? undefined : await compile(updateProgram(model, optimizer, settings))
  await store.write(startedLeaves(leaves))

  /** The random key of a part of a step, where the model draws. */
  const keyAt = (step: number, part: number) =>
    model.config.dropout > 0
      ? {
          key: {
            ...keyOfSeed(0),
            data: Int32Array.of(randomBits(seed, step, part, 0), randomBits(seed, step, part, 1)),
          },
        }
      : {}

  return {
    store,
    keyAt,

    /** Sets parameters by path. */
    async load(parameters: Readonly<Record<string, TensorData>>): Promise<void> {
      await store.write(parameterValues(parameters))
    },

    /** One optimizer step, `step` from 1, on as many batches as are accumulated. */
    async step(
      step: number,
      batches: readonly TrainingBatch[],
      rate: number,
      weightDecay: number,
    ): Promise<StepResult> {
      const sizes = scalars(optimizer.sizes(step, rate, weightDecay))
      if (whole) {
        const { loss, norm } = await whole.run({
          batch: batchData(batches[0], model, settings),
          sizes,
          ...keyAt(step, 0),
        } as never)
        return { loss: loss.data[0], norm: norm.data[0] }
      }
      let total = 0
      for (const [part, batch] of batches.entries()) {
        const { loss } = await parts!.run({ batch: batchData(batch, model, settings), ...keyAt(step, part) } as never)
        total += loss.data[0]
      }
      const { norm } = await update!.run({ sizes } as never)
      return { loss: total / batches.length, norm: norm.data[0] }
    },

    /** Everything that the next step depends on but its number and batch. */
    async snapshot(): Promise<Snapshot> {
      const snapshot: Snapshot = { weights: {}, training: {}, used: {} }
      for (const [path, { used, ...tensor }] of Object.entries(await store.read())) {
        if (path.startsWith(parameterPrefix)) snapshot.weights[path.slice(parameterPrefix.length)] = tensor
        else if (!path.startsWith(`${evaluationState}.`)) snapshot.training[path] = tensor
        if (path in leaves && leaves[path].change !== 'replace') snapshot.used[path] = used
      }
      return snapshot
    },

    /** @throws UserError beginning with `where` when the snapshot is of another model, optimizer or batch */
    async restore({ weights, training, used }: Snapshot, where: string): Promise<void> {
      const fix = 'it is of another run, restore the folder from its source'
      checkTensors(weights, parameterSpecs(model), `${where}: weights`, fix)
      checkTensors(training, leaves, `${where}: training`, fix)
      await this.load(weights)
      await store.write(
        Object.fromEntries(Object.entries(training).map(([path, value]) => [path, { ...value, used: used[path] }])),
      )
    },
  }
}

/** A session between two steps. */
export interface Snapshot {
  readonly weights: Record<string, TensorData>
  /** Moments, accumulated gradients and carried state. */
  readonly training: Record<string, TensorData>
  /** Positions ever written of the carried leaves that are not replaced as a whole. */
  readonly used: Record<string, number>
}

const parameterPrefix = 'parameters.'

function scalars(values: Record<string, number>): Record<string, TensorData> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { shape: [], dtype: 'f32', data: Float32Array.of(value) }]),
  )
}
