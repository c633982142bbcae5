import type { Corpus } from './corpus.js'
import { fillRow, layout } from './layout.js'
import { permute } from './permutation.js'

/** Inputs and targets, [batch, context] row by row: the target of a position is the token after it. */
export interface Batch {
  readonly inputs: Int32Array
  readonly targets: Int32Array
}

export interface BatchSource<B extends Batch> {
  /** Steps after which every window has been seen once, rounded down; at least 1. */
  readonly stepsPerEpoch: number
  /** A pure function of the step, so that resuming needs nothing but the step. */
  batch(step: number): Promise<B>
}

/**
 * Shuffled windows for training. Every epoch is a seeded permutation of all windows, each seen once, from a random phase:
 * fewer than two windows' tokens at the ends of the corpus wait for another epoch. A batch may hold the end of one epoch and
 * the beginning of the next.
 *
 * @throws UserError when the context is longer than the corpus
 */
export function windows(options: { corpus: Corpus; batch: number; context: number; seed: number }): BatchSource<Batch> {
  const { corpus, batch, context, seed } = options
  const { windows, start } = layout(corpus, context, seed)
  return {
    stepsPerEpoch: Math.max(1, Math.floor(windows / batch)),
    async batch(step) {
      const result = { inputs: new Int32Array(batch * context), targets: new Int32Array(batch * context) }
      const rows = Array.from({ length: batch }, (_, row) => {
        const example = step * batch + row
        const epoch = Math.floor(example / windows)
        const window = permute(example % windows, windows, seed, epoch)
        return fillRow(result, row * context, corpus, start(window, epoch), context)
      })
      await Promise.all(rows)
      return result
    },
  }
}
