/** Learning a task from examples, and how many are right. */
import { permute } from '../data/index.js'
import { compileStateful, type Executor, type StateStore } from '../engine/index.js'
import type { Model } from '../models/index.js'
import { type Example, type ExampleSource, lowerIsBetter, type Metric, type Part } from '../tasks/index.js'
import { type BatchShape, batchData } from './batch.js'
import type { Effort, TrainingData } from './data.js'
import { exampleBatch, exampleShape } from './example-batch.js'
import { requireMemoryFor } from './memory.js'
import { answersProgram } from './programs.js'

/** Examples of an estimate while training, and of the result; fewer where they are long. */
const most: Readonly<Record<Effort, { readonly examples: number; readonly positions: number }>> = {
  estimate: { examples: 256, positions: 2 ** 16 },
  end: { examples: 1000, positions: 2 ** 18 },
}
const judgedBy = (effort: Effort, length: number) =>
  Math.max(1, Math.min(most[effort].examples, Math.floor(most[effort].positions / length)))

/** One batch of an evaluation has at most so many logits, and so many positions: attention squares the length. */
const largest = { logits: 2 ** 23, positions: 2 ** 14 }

/** Learning a task. Every step draws examples of its own, unless the task has a finite number: then epochs shuffle them. */
export function exampleData(metric: Metric, source: ExampleSource): TrainingData {
  return {
    lowerIsBetter: lowerIsBetter(metric),
    shape: () => ({ ...exampleShape(source), carry: false }),
    source(_, { batch, seed }) {
      const size = source.size('train')
      const at = (index: number) =>
        Number.isFinite(size)
          ? source.example('train', permute(index % size, size, seed, Math.floor(index / size)))
          : source.example('train', index, seed)
      return {
        batch: async (step) => exampleBatch(source, batch, (row) => at(step * batch + row)),
      }
    },
    async judge(model, { batch }, executor, store) {
      const score = await exampleScorer(model, source, executor, store, batch)
      return async (effort, signal) => {
        const results = await score('validation', judgedBy(effort, source.length), signal)
        const { loss, answers } = totals(results)
        return { loss, tokens: answers, score: scoreOf(metric, results) }
      }
    },
  }
}

/** What a model made of one example. */
export interface ExampleScores {
  /** The position of each answer. */
  readonly positions: readonly number[]
  /** Nats, or squared error, of each answer. */
  readonly losses: readonly number[]
  /** 1 where right, or the squared error. */
  readonly scores: readonly number[]
  /** The least possible loss of each answer, where the task knows it. */
  readonly bounds?: readonly number[]
}

/** A function that judges examples 0 … count − 1 of a part with the parameters in `store` (`parameters.…`). */
export async function exampleScorer(
  model: Model,
  source: ExampleSource,
  executor: Executor,
  store: StateStore,
  wanted: number,
): Promise<(part: Part, count: number, signal?: AbortSignal) => Promise<ExampleScores[]>> {
  const shape = exampleShape(source)
  const logitsOfRow = (shape.answers ?? source.length) * (source.input.kind === 'tokens' ? source.input.vocabulary : 1)
  const rows = Math.floor(Math.min(largest.logits / logitsOfRow, largest.positions / source.length))
  const batch = Math.max(1, Math.min(wanted, rows))
  const whole: BatchShape = { ...shape, batch, context: source.length }
  const stateful = answersProgram(model, whole)
  requireMemoryFor(stateful.program, `evaluation: ${batch} examples of ${source.length} tokens`)
  const step = await compileStateful(executor, store, stateful)
  return async (part, count, signal) => {
    const total = Math.min(count, source.size(part))
    const results: ExampleScores[] = []
    while (results.length < total && !signal?.aborted) {
      const examples = Array.from({ length: Math.min(batch, total - results.length) }, (_, row) =>
        source.example(part, results.length + row),
      )
      const fed = batchData(
        exampleBatch(source, batch, (row) => examples[row]),
        model,
        whole,
      )
      const { loss, score } = await step.run({ batch: fed } as never)
      for (const [row, example] of examples.entries()) results.push(scoresOf(source, example, row, shape, loss, score))
    }
    return results
  }
}

interface Values {
  readonly data: ArrayLike<number>
}

function scoresOf(
  source: ExampleSource,
  example: Example,
  row: number,
  { answers }: Pick<BatchShape, 'answers'>,
  loss: Values,
  score: Values,
): ExampleScores {
  const positions = [...example.weights.keys()].filter((position) => example.weights[position] !== 0)
  const at = (index: number) => row * (answers ?? source.length) + (answers === undefined ? positions[index] : index)
  const bounds = source.bound?.(example)
  return {
    positions,
    losses: positions.map((_, index) => loss.data[at(index)]),
    scores: positions.map((_, index) => score.data[at(index)]),
    ...(bounds && { bounds: [...bounds] }),
  }
}

/** Mean loss over all answers, and their number. */
export function totals(results: readonly ExampleScores[]): { loss: number; answers: number } {
  const losses = results.flatMap(({ losses }) => losses)
  return { loss: losses.reduce((a, b) => a + b, 0) / losses.length, answers: losses.length }
}

/** An example's score as a share: what is right, of how many. For `loss` and `squaredError`, the sum and the number. */
export function shareOf(metric: Metric, { losses, scores }: ExampleScores): { right: number; of: number } {
  if (metric === 'exact') return { right: scores.every((score) => score === 1) ? 1 : 0, of: 1 }
  const values = metric === 'loss' ? losses : scores
  return { right: values.reduce((a, b) => a + b, 0), of: values.length }
}

/** The metric over examples. */
export function scoreOf(metric: Metric, results: readonly ExampleScores[]): number {
  const shares = results.map((result) => shareOf(metric, result))
  return shares.reduce((sum, { right }) => sum + right, 0) / shares.reduce((sum, { of }) => sum + of, 0)
}
