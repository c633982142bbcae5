import { UserError } from '../platform/errors.js'
import type { Corpus } from './corpus.js'
import { fillRow } from './layout.js'
import type { StreamBatch } from './streams.js'

export interface MaskedBatch extends StreamBatch {
  /** [batch, context]: 1 where the target counts, 0 in padding. */
  readonly weights: Float32Array
}

export interface ValidationBatches {
  /** Number of batches. */
  readonly count: number
  /** Targets in all batches together: every token but the first, which has nothing before it. */
  readonly predictions: number
  batch(index: number): Promise<MaskedBatch>
}

/**
 * The whole corpus in windows that do not overlap: every token is a target once. Row b reads the b-th stretch of the
 * corpus from one batch to the next, so the same batches serve models that carry state; what is missing in the last
 * windows is padding of token 0 and weight 0.
 *
 * @throws UserError when there is nothing to predict
 */
export function validationBatches(options: { corpus: Corpus; batch: number; context: number }): ValidationBatches {
  const { corpus, batch, context } = options
  const predictions = corpus.length - 1
  if (predictions < 1) {
    throw new UserError(
      `the ${corpus.name} has ${corpus.length} token, and 2 are needed to predict one – give a longer file`,
    )
  }
  const windows = Math.ceil(predictions / context)
  const count = Math.ceil(windows / batch)
  return {
    count,
    predictions,
    async batch(index) {
      const result = {
        inputs: new Int32Array(batch * context),
        targets: new Int32Array(batch * context),
        weights: new Float32Array(batch * context),
        reset: new Uint8Array(batch).fill(index === 0 ? 1 : 0),
      }
      const rows = Array.from({ length: batch }, (_, row) => {
        const start = (row * count + index) * context
        const length = Math.min(context, predictions - start)
        if (length <= 0) return Promise.resolve()
        result.weights.fill(1, row * context, row * context + length)
        return fillRow(result, row * context, corpus, start, length)
      })
      await Promise.all(rows)
      return result
    },
  }
}
