/** A model reading and predicting token by token, its state kept where the executor runs. */
import type { Executor, TensorData } from '../engine/index.js'
import { isCausal } from '../mechanisms/index.js'
import type { Model } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { createReader } from './reader.js'
import { type ParameterSource, type WeightForm, weightForms } from './weights.js'

export interface DecoderOptions {
  readonly executor: Executor
  /** Texts read side by side, all of one length; 1 by default. */
  readonly batch?: number
  /** What matrices are kept in; f32 by default. */
  readonly weights?: WeightForm
}

/** Calls must not overlap. Logits are [batch, vocabulary]. */
export interface Decoder {
  readonly model: Model
  readonly batch: number
  /** Tokens of each row read so far. */
  readonly position: number
  /**
   * Reads tokens [batch, n], n ≥ 1, in few large pieces; gives the logits after the last.
   *
   * @throws UserError where the model has no positions for them
   */
  prefill(tokens: ArrayLike<number>): Promise<Float32Array>
  /** Reads one token of each row, [batch]. */
  step(tokens: ArrayLike<number>): Promise<Float32Array>
  /**
   * Reads `tokens`, of which there may be none, and looks at what the model would predict along each of the `branches`
   * after them, all of one length: in one run of the model, which keeps the state after `tokens` alone. Of each branch,
   * gives the logits after the last of the tokens (where there is one) and after each of its own. For a batch of 1.
   */
  lookAhead(tokens: ArrayLike<number>, branches: readonly ArrayLike<number>[]): Promise<Float32Array[][]>
  /** Forgets all that was read. */
  reset(): Promise<void>
  /** The state by path. */
  state(): Promise<Record<string, TensorData & { used: number }>>
  /** Bytes of the state in use and held; parameters do not count. */
  bytes(): Promise<{ used: number; allocated: number }>
  /** Frees state and parameters. */
  dispose(): Promise<void>
}

/** Tokens read at once: few sizes, so that a prompt of any length needs few programs. */
const wholePieces = [64, 8, 1]
/**
 * A program with quantized weights holds them itself, so that pieces of three sizes would take three times their memory.
 * Token by token a prompt takes about what pieces of 64 take in f32: a product of one row reads an eighth of the bytes.
 */
const quantizedPieces = [1]

/**
 * @param parameters by path, or what gives them one by one; needed while the decoder lives
 * @throws UserError when the model does not predict the next token, and for weights of no known form
 */
export async function createDecoder(
  model: Model,
  parameters: Readonly<Record<string, TensorData>> | ParameterSource,
  { executor, batch = 1, weights = 'f32' }: DecoderOptions,
): Promise<Decoder> {
  const { vocabulary, positions } = requireGenerator(model)
  if (!weightForms.includes(weights))
    throw new UserError(
      `weights: expected one of ${weightForms.join(', ')}, got "${weights}" – f32 keeps them as they are`,
    )
  const pieces = weights === 'f32' ? wholePieces : quantizedPieces
  const reader = createReader(model, parameters, { executor, batch, weights })
  let position = 0
  await reader.reset()

  function requirePositions(end: number): void {
    if (end <= positions) return
    throw new UserError(
      `generate: the model has learned ${positions} positions, got a text of ${end} tokens – ` +
        'ask for fewer tokens, or train with positions none or sinusoidal and mixers without an end',
    )
  }

  const decoder: Decoder = {
    model,
    batch,
    get position() {
      return position
    },

    async prefill(tokens) {
      if (tokens.length === 0 || tokens.length % batch !== 0) {
        throw new RangeError(`prefill: expected one or more tokens for each of ${batch} rows, got ${tokens.length}`)
      }
      const ids = checkedIds(tokens, vocabulary)
      const width = ids.length / batch
      const end = position + width
      requirePositions(end)
      await reader.reserve(end)
      let logits: Float32Array = new Float32Array(0)
      for (let from = 0; from < width; ) {
        const length = pieces.find((size) => size <= width - from) as number
        logits = await reader.read(columns(ids, batch, from, length), length)
        position += length
        from += length
      }
      return logits
    },

    async step(tokens) {
      if (tokens.length === batch) return decoder.prefill(tokens)
      throw new RangeError(`step: expected a token for each of ${batch} rows, got ${tokens.length}`)
    },

    async lookAhead(tokens, branches) {
      const depth = branches[0]?.length ?? 0
      if (batch !== 1) throw new RangeError(`lookAhead: needs a decoder of batch 1, got ${batch}`)
      if (tokens.length + depth === 0 || branches.some(({ length }) => length !== depth))
        throw new RangeError('lookAhead: expected tokens, or branches of one length, or both')
      const read = checkedIds(tokens, vocabulary)
      const ahead = checkedIds(
        branches.flatMap((branch) => Array.from(branch)),
        vocabulary,
      )
      requirePositions(position + read.length + depth)
      await reader.reserve(position + read.length)
      const { shape, data } = await reader.lookAhead(read, ahead, { branches: Math.max(1, branches.length), depth })
      position += read.length
      const [rows, places, width] = shape
      return Array.from({ length: rows }, (_, row) =>
        Array.from({ length: places }, (_, place) => {
          const from = (row * places + place) * width
          return (data as Float32Array).subarray(from, from + width)
        }),
      )
    },

    async reset() {
      position = 0
      await reader.reset()
    },

    state: reader.state.read,
    bytes: reader.state.bytes,
    dispose: reader.state.dispose,
  }
  return decoder
}

/** @throws UserError when the model does not predict the next token */
export function requireGenerator({ config, layers, longest }: Model): { vocabulary: number; positions: number } {
  if (config.input.kind !== 'tokens' || config.head.kind !== 'token') {
    const got = `input ${config.input.kind} and head ${config.head.kind}`
    throw new UserError(`generate: needs a model with token input and head, got ${got}`)
  }
  const blind = layers.find(({ mixer, settings }) => !isCausal(mixer, settings))
  if (blind) throw new UserError(`generate: needs causal mixers, got ${blind.mixer.id}`)
  return { vocabulary: config.input.vocabulary, positions: longest }
}

export function checkedIds(tokens: ArrayLike<number>, vocabulary: number): Int32Array {
  const ids = Array.from(tokens)
  const wrong = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < vocabulary))
  if (wrong !== undefined) throw new RangeError(`decoder: token ${wrong} is outside the vocabulary of ${vocabulary}`)
  return Int32Array.from(ids)
}

/** `length` columns of rows [batch, n], row after row. */
function columns(ids: Int32Array, batch: number, from: number, length: number): Int32Array {
  const width = ids.length / batch
  const part = new Int32Array(batch * length)
  for (let row = 0; row < batch; row++) {
    part.set(ids.subarray(row * width + from, row * width + from + length), row * length)
  }
  return part
}
