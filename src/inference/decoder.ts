/** A model reading and predicting token by token, its state kept where the executor runs. */
import { compileStateful, type Executor, type Step, type Tensor, type TensorData } from '../engine/index.js'
import type { Model } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { carriedLeaves } from '../training/programs.js'
import { startedLeaves } from '../training/session.js'
import { decodeProgram } from './program.js'
import { createWeights } from './weights.js'

export interface DecoderOptions {
  readonly executor: Executor
  /** Texts read side by side, all of one length; 1 by default. */
  readonly batch?: number
}

/** Calls must not overlap. Logits are [batch, vocabulary]. */
export interface Decoder {
  readonly model: Model
  readonly batch: number
  /** Tokens of each row read so far. */
  readonly position: number
  /** Reads tokens [batch, n], n ≥ 1, in few large pieces; gives the logits after the last. */
  prefill(tokens: ArrayLike<number>): Promise<Float32Array>
  /** Reads one token of each row, [batch]. */
  step(tokens: ArrayLike<number>): Promise<Float32Array>
  /** Forgets all that was read. */
  reset(): Promise<void>
  /** The state by path. */
  state(): Promise<Record<string, TensorData & { used: number }>>
  /** Bytes of the state; parameters do not count. */
  bytes(): Promise<{ used: number; allocated: number }>
  /** Frees state and parameters. */
  dispose(): Promise<void>
}

type Reader = Step<{ tokens: TensorData }, { logits: Tensor }>

/** Tokens read at once: few sizes, so that a prompt of any length needs few programs. */
const pieces = [64, 8, 1]

/** Positions that caches have room for at first; when they are full, the next power of two. */
const smallestCapacity = 128

/**
 * @param parameters by path; needed while the decoder lives
 * @throws UserError when the model does not predict the next token
 */
export async function createDecoder(
  model: Model,
  parameters: Readonly<Record<string, TensorData>>,
  { executor, batch = 1 }: DecoderOptions,
): Promise<Decoder> {
  const { vocabulary, positions } = requireGenerator(model)
  const store = executor.createStore()
  const weights = createWeights(parameters, executor, store)
  const leaves = carriedLeaves(model, batch)
  const caches = Object.keys(leaves).filter((path) => Object.hasOwn(Object(leaves[path].change), 'append'))
  const readers = new Map<string, Reader>()
  let capacity = smallestCapacity
  let position = 0

  async function readerOf(length: number): Promise<Reader> {
    const key = caches.length > 0 ? `${length} of ${capacity}` : `${length}`
    const known = readers.get(key)
    if (known) return known
    const bound = await weights.bind(decodeProgram(model, { batch, length, capacity }))
    const reader = await compileStateful<{ tokens: TensorData }, { logits: Tensor }>(executor, store, bound)
    readers.set(key, reader)
    return reader
  }

  async function reserve(count: number): Promise<void> {
    const needed = position + count
    if (needed > positions) {
      throw new UserError(
        `generate: the model has learned ${positions} positions, got a text of ${needed} tokens – ` +
          'ask for fewer tokens, or train with positions none or sinusoidal',
      )
    }
    if (needed <= capacity) return
    capacity = 2 ** Math.ceil(Math.log2(needed))
    for (const path of caches) await store.grow(path, capacity)
  }

  /** Reads `count` tokens of each row from column `from` of [batch, width]. */
  async function readPiece(tokens: Int32Array, from: number, count: number): Promise<Float32Array> {
    const width = tokens.length / batch
    const data = new Int32Array(batch * count)
    for (let row = 0; row < batch; row++) {
      data.set(tokens.subarray(row * width + from, row * width + from + count), row * count)
    }
    const reader = await readerOf(count)
    const { logits } = await reader.run({ tokens: { shape: [batch, count], dtype: 'i32', data } })
    position += count
    return logits.data as Float32Array
  }

  const decoder: Decoder = {
    model,
    batch,
    get position() {
      return position
    },

    async prefill(tokens) {
      const ids = checkedIds(tokens, batch, vocabulary)
      const width = ids.length / batch
      await reserve(width)
      let logits: Float32Array = new Float32Array(0)
      for (let from = 0; from < width; ) {
        const piece = pieces.find((length) => length <= width - from) as number
        logits = await readPiece(ids, from, piece)
        from += piece
      }
      return logits
    },

    async step(tokens) {
      if (tokens.length !== batch)
        throw new RangeError(`step: expected a token for each of ${batch} rows, got ${tokens.length}`)
      await reserve(1)
      return readPiece(checkedIds(tokens, batch, vocabulary), 0, 1)
    },

    async reset() {
      position = 0
      capacity = smallestCapacity
      await store.write(startedLeaves(carriedLeaves(model, batch, capacity)))
    },

    state: () => store.read(Object.keys(leaves)),
    bytes: () => store.bytes(Object.keys(leaves)),
    dispose: () => store.dispose(),
  }
  await decoder.reset()
  await readerOf(1)
  return decoder
}

function requireGenerator({ config, layers }: Model): { vocabulary: number; positions: number } {
  if (config.input.kind !== 'tokens' || config.head.kind !== 'token') {
    throw new UserError(
      `generate: needs a model with token input and head, got input ${config.input.kind} and head ${config.head.kind}`,
    )
  }
  const blind = layers.find(({ mixer }) => !mixer.causal)
  if (blind) throw new UserError(`generate: needs causal mixers, got ${blind.mixer.id}`)
  const positions = config.positions === 'learned' ? config.maxPositions : Number.POSITIVE_INFINITY
  return { vocabulary: config.input.vocabulary, positions }
}

function checkedIds(tokens: ArrayLike<number>, batch: number, vocabulary: number): Int32Array {
  if (tokens.length === 0 || tokens.length % batch !== 0) {
    throw new RangeError(`prefill: expected one or more tokens for each of ${batch} rows, got ${tokens.length}`)
  }
  const wrong = Array.prototype.find.call(tokens, (id) => !(Number.isInteger(id) && id >= 0 && id < vocabulary))
  if (wrong !== undefined) throw new RangeError(`prefill: token ${wrong} is outside the vocabulary of ${vocabulary}`)
  return Int32Array.from(tokens)
}
