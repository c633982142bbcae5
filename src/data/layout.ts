import { UserError } from '../platform/errors.js'
import type { Corpus } from './corpus.js'
import { randomBelow } from './random.js'

/** How a corpus divides into windows of `context` predictions, and where the first may start. */
export interface Layout {
  /** Windows in one pass. */
  readonly windows: number
  /** The first token of a window; a random phase for each pass moves the borders between windows. */
  start(window: number, pass: number): number
}

/** @throws UserError when not even one window fits */
export function layout(corpus: Corpus, context: number, seed: number): Layout {
  const { length, name } = corpus
  if (length < context + 1) {
    const fix = length < 2 ? 'give a longer file' : `use a context of ${length - 1} or less, or a longer file`
    throw new UserError(
      `context: ${context} is longer than the data: the ${name} has ${length} tokens, and ${context + 1} are needed – ${fix}`,
    )
  }
  // One window fewer than fits, where there are two: that leaves at least `context` phases, and room for no token to be
  // out of reach of all of them.
  const windows = Math.max(1, Math.floor(length / context) - 1)
  const phases = length - windows * context
  return { windows, start: (window, pass) => randomBelow(phases, seed, pass) + window * context }
}

/** Copies tokens `start` to `start + count` as inputs and the ones after each as targets, into `row` of a batch. */
export async function fillRow(
  { inputs, targets }: { inputs: Int32Array; targets: Int32Array },
  at: number,
  corpus: Corpus,
  start: number,
  count: number,
): Promise<void> {
  const tokens = await corpus.read(start, count + 1)
  inputs.set(tokens.subarray(0, count), at)
  targets.set(tokens.subarray(1), at)
}
