/** What is looked into: a model that reads tokens, its weights, and where it runs. */
import type { Executor, Tensor, TensorData } from '../../engine/index.js'
import type { Model } from '../../models/index.js'
import { UserError } from '../../platform/errors.js'

export interface Subject {
  readonly model: Model
  /** By path. */
  readonly parameters: Readonly<Record<string, TensorData>>
  readonly executor: Executor
}

/** @throws UserError for models without tokens, texts that are too short or too long, and tokens outside the vocabulary */
export function checkTokens({ config, longest }: Model, tokens: ArrayLike<number>): Int32Array {
  if (config.input.kind !== 'tokens' || config.head.kind !== 'token') {
    throw new UserError(
      `inspect: needs a model with token input and head, got input ${config.input.kind} and head ${config.head.kind}`,
    )
  }
  const { vocabulary } = config.input
  if (tokens.length < 2) {
    throw new UserError(`inspect: needs a text of at least 2 tokens, got ${tokens.length} – give a longer one`)
  }
  if (tokens.length > longest) {
    throw new UserError(
      `inspect: the model has learned ${longest} positions, got ${tokens.length} tokens – give a shorter text`,
    )
  }
  const ids = Array.from(tokens)
  const wrong = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < vocabulary))
  if (wrong === undefined) return Int32Array.from(ids)
  throw new UserError(`inspect: token ${wrong} is outside the vocabulary of ${vocabulary} – use 0 to ${vocabulary - 1}`)
}

/** The named tensors of the trace that made `tensor`, those with real numbers in them. */
export function namedTensors({ graph }: Tensor): [string, Tensor][] {
  return [...graph.named].filter(([, { dtype, size }]) => dtype === 'f32' && size > 0)
}
