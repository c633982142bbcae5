/** The loss of a model on a corpus. */

import { type Corpus, validationBatches } from '../data/index.js'
import { compileStateful, type Executor, type StateStore } from '../engine/index.js'
import { carriedLeaves, type Model, startedLeaves } from '../models/index.js'
import { batchData } from './batch.js'
import { leastOfPass, requireMemory, requireMemoryFor } from './memory.js'
import { checkSequences } from './possible.js'
import { evaluationState, lossProgram } from './programs.js'

export interface EvaluationOptions {
  readonly batch: number
  readonly context: number
  /** Whether each row continues its state from window to window, as in training with carried state. */
  readonly carry: boolean
}

export interface Evaluation {
  /** Nats per token. */
  readonly loss: number
  /** Tokens that were predicted. */
  readonly tokens: number
  /** In the metric of a task. */
  readonly score?: number
}

/**
 * A function giving the loss over a corpus in windows that do not overlap, with the parameters in `store`
 * (`parameters.…`). `limit` bounds how many tokens are predicted; the whole corpus by default. Aborted, it returns what
 * it has so far.
 */
export async function evaluator(
  model: Model,
  corpus: Corpus,
  executor: Executor,
  store: StateStore,
  options: EvaluationOptions,
) {
  checkSequences(model, options)
  const batches = validationBatches({ corpus, batch: options.batch, context: options.context })
  const what = `evaluation: batch ${options.batch} × context ${options.context}`
  requireMemory(leastOfPass(model, options, 1), what)
  const shape = { ...options, weighted: true, resets: options.carry }
  const stateful = lossProgram(model, shape, options.carry)
  requireMemoryFor(stateful.program, what)
  const start = startedLeaves(options.carry ? carriedLeaves(model, options.batch, 0, evaluationState) : {})
  const step = await compileStateful(executor, store, stateful)
  return async (limit = Number.POSITIVE_INFINITY, signal?: AbortSignal): Promise<Evaluation> => {
    // Every time anew: what an earlier evaluation left may not change a digit.
    await store.write(start)
    let total = 0
    let tokens = 0
    for (let index = 0; index < batches.count && tokens < limit && !signal?.aborted; index++) {
      const { total: sum, count } = await step.run({
        batch: batchData(await batches.batch(index), model, shape),
      } as never)
      total += sum.data[0]
      tokens += count.data[0]
    }
    return { loss: total / tokens, tokens }
  }
}
