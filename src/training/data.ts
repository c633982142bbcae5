/** What a model is trained on: where its batches come from and how it is judged. */
import { type Split, streams, windows } from '../data/index.js'
import type { Executor, StateStore } from '../engine/index.js'
import type { Model } from '../models/index.js'
import type { BatchShape, TrainingBatch } from './batch.js'
import { type Evaluation, evaluator } from './evaluate.js'
import { carriesState, checkPredicts } from './possible.js'
import type { TrainingRunSettings } from './settings.js'

/** How long a judgement may take: `estimate` while training, `end` for the result. */
export type Effort = 'estimate' | 'end'
export type Judge = (effort: Effort, signal?: AbortSignal) => Promise<Evaluation>

export interface TrainingData {
  /** Whether a lower score of its judge is the better one. */
  readonly lowerIsBetter: boolean
  /** What batches hold beside inputs and targets, and whether steps continue the state of the step before. */
  shape(
    model: Model,
    settings: TrainingRunSettings,
  ): Omit<BatchShape, 'batch' | 'context'> & { readonly carry: boolean }
  /** Batches by number, from 0: a pure function, so that resuming needs nothing but the number. */
  source(model: Model, settings: TrainingRunSettings): { batch(index: number): Promise<TrainingBatch> }
  /** Judges the parameters in `store` (`parameters.…`). */
  judge(model: Model, settings: TrainingRunSettings, executor: Executor, store: StateStore): Promise<Judge>
}

/** Learning to predict the next token of a text. */
export function textData({ train, validation }: Split): TrainingData {
  return {
    lowerIsBetter: true,
    shape(model, settings) {
      checkPredicts(model)
      const carry = carriesState(model, settings)
      return { weighted: false, resets: carry, carry }
    },
    source(model, settings) {
      const { batch, context, seed } = settings
      const options = { corpus: train, batch, context, seed }
      return carriesState(model, settings) ? streams(options) : windows(options)
    },
    async judge(model, settings, executor, store) {
      const { batch, context, evaluateTokens } = settings
      const options = { batch, context, carry: carriesState(model, settings) }
      const evaluate = await evaluator(model, validation, executor, store, options)
      return (effort, signal) => evaluate(effort === 'end' ? undefined : evaluateTokens, signal)
    },
  }
}
