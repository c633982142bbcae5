/** Batches: what a step is fed, as arrays and as shapes. */
import type { Spec, TensorData } from '../engine/index.js'
import type { Model } from '../models/index.js'

export interface BatchShape {
  readonly batch: number
  readonly context: number
  /** Whether targets come with weights (padding, prompts that do not count). */
  readonly weighted: boolean
  /** Whether rows may start new documents or streams. */
  readonly resets: boolean
  /** Answers of a row, where they are fewer than its positions: their places are fed, and the head sees them alone. */
  readonly answers?: number
}

/** Sequences and what is to be predicted: A is the number of answers of a row, every position's by default. */
export interface TrainingBatch {
  /** [batch, context] token ids, or [batch, context, width] features. */
  readonly inputs: Int32Array | Float32Array
  /** [batch, A] token ids, or [batch, A, outputs] values. */
  readonly targets: Int32Array | Float32Array
  /** [batch, A]: what each target counts. */
  readonly weights?: Float32Array
  /** [batch, A]: the position of each answer in its row, where `answers` is set. */
  readonly places?: Int32Array
  /** [batch]: 1 where a row does not continue the one of the step before. */
  readonly reset?: Uint8Array
}

type Part = keyof Omit<TrainingBatch, 'reset'> | 'resets'
/** The parts of a batch that a program takes. */
export type BatchSpecs = { readonly inputs: Spec; readonly targets: Spec } & { readonly [K in Part]?: Spec }

export function batchSpecs({ config }: Model, { batch, context, weighted, resets, answers }: BatchShape): BatchSpecs {
  const { input, head } = config
  const rows = [batch, answers ?? context]
  return {
    inputs:
      input.kind === 'tokens'
        ? { shape: [batch, context], dtype: 'i32' }
        : { shape: [batch, context, input.width], dtype: 'f32' },
    targets:
      head.kind === 'regression' ? { shape: [...rows, head.outputs], dtype: 'f32' } : { shape: rows, dtype: 'i32' },
    ...(weighted && { weights: { shape: rows, dtype: 'f32' } as Spec }),
    ...(answers !== undefined && { places: { shape: rows, dtype: 'i32' } as Spec }),
    ...(resets && { resets: { shape: [batch, context], dtype: 'bool' } as Spec }),
  }
}

/** A batch as the programs take it: only the parts that were traced. */
export function batchData(
  { inputs, targets, weights, places, reset }: TrainingBatch,
  model: Model,
  shape: BatchShape,
): Record<string, TensorData> {
  const specs = batchSpecs(model, shape)
  const data: Partial<Record<Part, TensorData['data']>> = { inputs, targets, places }
  if (specs.weights) data.weights = weights ?? new Float32Array(targets.length).fill(1)
  if (specs.resets) data.resets = startsOf(reset, shape)
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, { ...spec, data: data[name as Part]! }]))
}

/** [batch, context]: true at the first token of rows that start anew. */
function startsOf(reset: Uint8Array | undefined, { batch, context }: BatchShape): Uint8Array {
  const starts = new Uint8Array(batch * context)
  reset?.forEach((value, row) => {
    starts[row * context] = value
  })
  return starts
}
