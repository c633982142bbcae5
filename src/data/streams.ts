import type { Corpus } from './corpus.js'
import { fillRow, layout } from './layout.js'
import type { Batch, BatchSource } from './windows.js'

export interface StreamBatch extends Batch {
  /** [batch]: 1 where the row does not continue the row of the step before, so that carried state must start anew. */
  readonly reset: Uint8Array
}

/**
 * Contiguous text for models that carry state: each row continues where it stopped at the step before. The rows begin
 * evenly spread over the corpus and each reads all of it, in a circle: at the end it starts over at the beginning, with
 * the random phase of its next pass, and says so in `reset`.
 *
 * @throws UserError when the context is longer than the corpus
 */
export function streams(options: {
  corpus: Corpus
  batch: number
  context: number
  seed: number
}): BatchSource<StreamBatch> {
  const { corpus, batch, context, seed } = options
  const { windows, start } = layout(corpus, context, seed)
  return {
    stepsPerEpoch: Math.max(1, Math.floor(windows / batch)),
    async batch(step) {
      const result = {
        inputs: new Int32Array(batch * context),
        targets: new Int32Array(batch * context),
        reset: new Uint8Array(batch),
      }
      const rows = Array.from({ length: batch }, (_, row) => {
        const position = Math.floor((row * windows) / batch) + step
        const window = position % windows
        if (step === 0 || window === 0) result.reset[row] = 1
        return fillRow(result, row * context, corpus, start(window, Math.floor(position / windows)), context)
      })
      await Promise.all(rows)
      return result
    },
  }
}
