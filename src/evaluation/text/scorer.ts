/** Scoring continuations of texts with a trained model. */
import { compileStateful, type Executor, type TensorData } from '../../engine/index.js'
import { type Model, parameterValues } from '../../models/index.js'
import { UserError } from '../../platform/errors.js'
import { checkSequences } from '../../training/index.js'
import { tokenProgram } from './token-program.js'

export interface Question {
  /** Token ids that are read first; at least one. */
  readonly context: Int32Array
  /** Token ids that are scored. */
  readonly continuation: Int32Array
}

export interface Answer {
  /** Nats of each token of the continuation, given all before it. */
  readonly losses: Float32Array
  /** 1 where the token was the likeliest, else 0. */
  readonly hits: Float32Array
}

/** Whatever gives probabilities to continuations. Many questions at once let it fill its batches. */
export interface Scorer {
  score(questions: readonly Question[]): Promise<Answer[]>
  dispose(): Promise<void>
}

/** Tokens of a batch, padding included: enough to keep the products busy, few enough to be held. */
const batchTokens = 2048
const mostRows = 16
const leastLength = 16

/**
 * A scorer over a model. Questions of like length share batches, padded at the end to a power of two: a few programs serve
 * all lengths, and no position sees what comes after it. Where learned positions end, the beginning of a context is cut off.
 *
 * @param parameters by path, as a run gives them
 */
export async function modelScorer(
  model: Model,
  parameters: Readonly<Record<string, TensorData>>,
  executor: Executor,
): Promise<Scorer> {
  const store = executor.createStore()
  await store.write(parameterValues(parameters))
  const { longest } = model
  const compile = (length: number, batch: number) => {
    checkSequences(model, { context: length, carry: false })
    return compileStateful(executor, store, tokenProgram(model, { batch, length, carry: false }))
  }
  const programs = new Map<number, ReturnType<typeof compile>>()

  /** Answers to at most `batch` questions, none of them longer than `length`. */
  async function run(asked: readonly Sequence[], length: number, batch: number): Promise<Answer[]> {
    const program = programs.get(length) ?? compile(length, batch)
    programs.set(length, program)
    const inputs = new Int32Array(batch * length)
    const targets = new Int32Array(batch * length)
    for (const [row, { tokens }] of asked.entries()) {
      inputs.set(tokens.subarray(0, -1), row * length)
      targets.set(tokens.subarray(1), row * length)
    }
    const shape = [batch, length]
    const { losses, hits } = await (await program).run({
      inputs: { shape, dtype: 'i32', data: inputs },
      targets: { shape, dtype: 'i32', data: targets },
    })
    return asked.map(({ tokens, scored }, row) => {
      const end = row * length + tokens.length - 1
      const part = ({ data }: TensorData) => Float32Array.from(data.subarray(end - scored, end))
      return { losses: part(losses), hits: part(hits) }
    })
  }

  return {
    async score(questions) {
      const sequences = questions.map((question) => sequenceOf(question, longest))
      const answers: Answer[] = new Array(questions.length)
      const lengths = sequences.map(({ tokens }) => bucket(tokens.length - 1, longest))
      for (const length of [...new Set(lengths)].sort((a, b) => a - b)) {
        const batch = Math.max(1, Math.min(mostRows, Math.floor(batchTokens / length)))
        const places = lengths.flatMap((other, index) => (other === length ? [index] : []))
        for (let from = 0; from < places.length; from += batch) {
          const some = places.slice(from, from + batch)
          const found = await run(
            some.map((index) => sequences[index]),
            length,
            batch,
          )
          some.forEach((index, row) => {
            answers[index] = found[row]
          })
        }
      }
      return answers
    },
    dispose: () => store.dispose(),
  }
}

interface Sequence {
  readonly tokens: Int32Array
  /** How many tokens at the end are scored. */
  readonly scored: number
}

function sequenceOf({ context, continuation }: Question, longest: number): Sequence {
  if (context.length === 0 || continuation.length === 0) {
    throw new RangeError('score: context and continuation need a token each – what comes first is predicted by nothing')
  }
  if (continuation.length > longest) {
    throw new UserError(
      `score: a continuation of ${continuation.length} tokens is longer than the ${longest} positions of the model – use a model with positions=none`,
    )
  }
  // The last token is a target only, so one more than the positions fits.
  const kept = Math.min(context.length, longest + 1 - continuation.length)
  const tokens = new Int32Array(kept + continuation.length)
  tokens.set(context.subarray(context.length - kept))
  tokens.set(continuation, kept)
  return { tokens, scored: continuation.length }
}

function bucket(length: number, longest: number): number {
  return Math.min(longest, Math.max(leastLength, 2 ** Math.ceil(Math.log2(length))))
}
