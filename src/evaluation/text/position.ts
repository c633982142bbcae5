/** The loss of a model at each position of a context, also of one longer than it was trained with. */
import { type Corpus, type MaskedBatch, validationBatches } from '../../data/index.js'
import { compileStateful, type Executor, type TensorData } from '../../engine/index.js'
import { carriedLeaves, type Model, parameterValues, startedLeaves } from '../../models/index.js'
import { UserError } from '../../platform/errors.js'
import { checkSequences } from '../../training/index.js'
import { leastOfPass, requireMemory, requireMemoryFor } from '../../training/memory.js'
import type { Score } from '../jobs/job.js'
import { ratioInterval } from '../statistics.js'
import { carriedPrefix, tokenProgram } from './token-program.js'

export interface PositionOptions {
  /** Tokens of a window. */
  readonly context: number
  /** Windows at once. */
  readonly batch: number
  /** Whether a window continues the state of the one before, as in training with carried state; else each begins anew. */
  readonly carry?: boolean
  /**
   * Tokens read at once; the state goes from one segment of a window to the next. By default the window is read whole. For
   * long windows that begin anew, and a model that was trained with carried state: the context of its training.
   */
  readonly segment?: number
  /** Most tokens to predict, rounded up to whole batches; the whole corpus by default. */
  readonly limit?: number
  /** Aborted, the result is of what was read so far. */
  readonly signal?: AbortSignal
}

export interface PositionLoss {
  /** Tokens of the window before the predicted one, less one: 0 for what is predicted from the first token. */
  readonly position: number
  /** Mean nats. */
  readonly loss: number
  /** Predictions at this position. */
  readonly tokens: number
}

export interface PositionLosses {
  readonly positions: readonly PositionLoss[]
  /** Mean over all predictions: what an evaluation in such windows gives. */
  readonly loss: number
  readonly tokens: number
  /** Its 95 % interval, windows taken as independent; unbounded from one window. */
  readonly interval: Score
}

/**
 * Reads a corpus in windows that do not overlap.
 *
 * @param parameters by path, as a run gives them
 * @throws UserError for windows that the model has no positions or the machine no memory for
 */
export async function lossByPosition(
  model: Model,
  corpus: Corpus,
  executor: Executor,
  parameters: Readonly<Record<string, TensorData>>,
  { context, batch, carry = false, segment = context, limit = Number.POSITIVE_INFINITY, signal }: PositionOptions,
): Promise<PositionLosses> {
  if (context % segment !== 0) {
    const fix = Math.ceil(context / segment) * segment
    throw new UserError(`context: must be a multiple of the segment ${segment}, got ${context} – use ${fix}`)
  }
  const carried = carry || segment < context
  checkSequences(model, { context: segment, carry: carried })
  const what = `loss by position: batch ${batch} × ${segment} tokens`
  requireMemory(leastOfPass(model, { batch, context: segment }, 1), what)
  const program = tokenProgram(model, { batch, length: segment, carry: carried })
  requireMemoryFor(program.program, what)
  const batches = validationBatches({ corpus, batch, context })
  const start = startedLeaves(carried ? carriedLeaves(model, batch, 0, carriedPrefix) : {})
  const sums = new Float64Array(context)
  const counts = new Float64Array(context)
  const windowSums: number[] = []
  const windowCounts: number[] = []
  let tokens = 0
  const store = executor.createStore()
  try {
    await store.write(parameterValues(parameters))
    const step = await compileStateful(executor, store, program)
    for (let index = 0; index < batches.count && tokens < limit && !signal?.aborted; index++) {
      const windows = await batches.batch(index)
      if (index === 0 || !carry) await store.write(start)
      for (let from = 0; from < context; from += segment) {
        const part = columns(windows, { batch, context, from, to: from + segment })
        const { losses } = await step.run({ inputs: part.inputs, targets: part.targets })
        part.weights.forEach((weight, i) => {
          const position = from + (i % segment)
          const window = index * batch + Math.floor(i / segment)
          windowSums[window] = (windowSums[window] ?? 0) + weight * losses.data[i]
          windowCounts[window] = (windowCounts[window] ?? 0) + weight
          sums[position] += weight * losses.data[i]
          counts[position] += weight
          tokens += weight
        })
      }
    }
  } finally {
    await store.dispose()
  }
  const positions = Array.from(counts, (count, position) => ({ position, loss: sums[position] / count, tokens: count }))
  return {
    positions: positions.filter((position) => position.tokens > 0),
    loss: sums.reduce((a, b) => a + b, 0) / tokens,
    tokens,
    interval: overWindows(windowSums, windowCounts),
  }
}

/** Windows of padding alone say nothing; where none was read, nothing is known. */
function overWindows(sums: readonly number[], counts: readonly number[]): Score {
  const read = [...counts.keys()].filter((window) => counts[window] > 0)
  if (read.length === 0) return { mean: Number.NaN, low: Number.NaN, high: Number.NaN }
  return ratioInterval(
    read.map((window) => sums[window]),
    read.map((window) => counts[window]),
  )
}

/** Positions `from` to `to` of every row of a batch. */
function columns(
  { inputs, targets, weights }: MaskedBatch,
  { batch, context, from, to }: { batch: number; context: number; from: number; to: number },
) {
  const shape = [batch, to - from]
  const cut = <A extends Int32Array | Float32Array>(all: A, result: A): A => {
    for (let row = 0; row < batch; row++) {
      result.set(all.subarray(row * context + from, row * context + to), row * (to - from))
    }
    return result
  }
  const tokens = (all: Int32Array): TensorData => ({
    shape,
    dtype: 'i32',
    data: cut(all, new Int32Array(batch * (to - from))),
  })
  return {
    inputs: tokens(inputs),
    targets: tokens(targets),
    weights: cut(weights, new Float32Array(batch * (to - from))),
  }
}
