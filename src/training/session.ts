/** A model in training: its state in a store, its programs compiled. Knows nothing of files, schedules or corpora. */
import { compileStateful, type Executor, keyOfSeed, type LeafSpec, sizeOf, type TensorData } from '../engine/index.js'
import { randomBits } from '../data/index.js'
import { carriedLeaves, type Model, startedLeaves } from '../models/index.js'
import type { Optimizer } from './optimizer.js'
import { accumulateProgram, accumulatorLeaves, evaluationState, momentLeaves, type TrainingSettings, trainProgram, updateProgram } from './programs.js'

export interface TokenBatch {
  readonly inputs: Int32Array
  readonly targets: Int32Array
  /** [batch, context]: what each target counts. */
  readonly weights?: Float32Array
  /** [batch]: 1 where a row does not continue the one of the step before. */
  readonly reset?: Uint8Array
}

export interface StepResult {
  /** Mean loss of the batch, nats per token. */
  readonly loss: number
  /** Norm of the gradient before clipping. */
  readonly norm: number
}

export type Session = Awaited<ReturnType<typeof createSession>>

/** `seed` drives dropout; the random key of a step depends on it and the step alone. */
export async function createSession(model: Model, optimizer: Optimizer, settings: TrainingSettings, executor: Executor, seed: number) {
  const store = executor.createStore()
  const leaves = {
    ...momentLeaves(model, optimizer, settings),
    ...accumulatorLeaves(model, settings),
    ...(settings.carry ? carriedLeaves(model, settings.batch) : {}),
  }
  await store.write(startedLeaves(leaves))

  const whole = settings.accumulate === 1 ? await compileStateful(executor, store, trainProgram(model, optimizer, settings)) : undefined
  const parts = whole ? undefined : await compileStateful(executor, store, accumulateProgram(model, settings))
  const update = whole ? undefined : await compileStateful(executor, store, updateProgram(model, optimizer, settings))

  const keyAt = (step: number, part: number) => (model.config.dropout > 0 ? { key: { ...keyOfSeed(0), data: Int32Array.of(randomBits(seed, step, part, 0), randomBits(seed, step, part, 1)) } } : {})

  return {
    store,

    /** Sets parameters by path. */
    async load(parameters: Readonly<Record<string, TensorData>>): Promise<void> {
      await store.write(Object.fromEntries(Object.entries(parameters).map(([path, value]) => [`parameters.${path}`, value])))
    },

    /** One optimizer step, `step` from 1, on as many batches as are accumulated. */
    async step(step: number, batches: readonly TokenBatch[], rate: number, weightDecay: number): Promise<StepResult> {
      const sizes = scalars(optimizer.sizes(step, rate, weightDecay))
      if (whole) {
        const { loss, norm } = await whole.run({ batch: batchData(batches[0], settings), sizes, ...keyAt(step, 0) } as never)
        return { loss: loss.data[0], norm: norm.data[0] }
      }
      let total = 0
      for (const [part, batch] of batches.entries()) {
        const { loss } = await parts!.run({ batch: batchData(batch, settings), ...keyAt(step, part) } as never)
        total += loss.data[0]
      }
      const { norm } = await update!.run({ sizes } as never)
      return { loss: total / batches.length, norm: norm.data[0] }
    },

    /** Everything but the parameters that the next step depends on. */
    async snapshot(): Promise<{ weights: Record<string, TensorData>; training: Record<string, TensorData> }> {
      const all = await store.read()
      const weights: Record<string, TensorData> = {}
      const training: Record<string, TensorData> = {}
      for (const [path, { shape, dtype, data }] of Object.entries(all)) {
        if (path.startsWith('parameters.')) weights[path.slice('parameters.'.length)] = { shape, dtype, data }
        else if (!path.startsWith(`${evaluationState}.`)) training[path] = { shape, dtype, data }
      }
      return { weights, training }
    },

    async restore({ weights, training }: { weights: Record<string, TensorData>; training: Record<string, TensorData> }): Promise<void> {
      await this.load(weights)
      await store.write(training)
    },
  }
}

function scalars(values: Record<string, number>): Record<string, TensorData> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { shape: [], dtype: 'f32', data: Float32Array.of(value) }]))
}

/** A batch as the programs take it: only the parts that were traced. */
export function batchData({ inputs, targets, weights, reset }: TokenBatch, shape: Pick<TrainingSettings, 'batch' | 'context' | 'weighted' | 'resets'>): Record<string, TensorData> {
  const { batch, context } = shape
  const tokens = (data: Int32Array): TensorData => ({ shape: [batch, context], dtype: 'i32', data })
  const starts = new Uint8Array(batch * context)
  reset?.forEach((value, row) => {
    starts[row * context] = value
  })
  return {
    inputs: tokens(inputs),
    targets: tokens(targets),
    ...(shape.weighted && { weights: { shape: [batch, context], dtype: 'f32', data: weights ?? new Float32Array(batch * context).fill(1) } as TensorData }),
    ...(shape.resets && { resets: { shape: [batch, context], dtype: 'bool', data: starts } as TensorData }),
  }
}
