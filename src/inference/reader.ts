/** Running a model over the next tokens of its texts: compiled programs, and a store with room for what they leave. */
import { compileStateful, type StateStore, type Step, type Tensor, type TensorData } from '../engine/index.js'
import { carriedLeaves, type Model, startedLeaves } from '../models/index.js'
import type { DecoderOptions } from './decoder.js'
import { decodeProgram, type LookAheadShape, lookAheadProgram } from './program.js'
import { createWeights, type ParameterSource } from './weights.js'

type Compiled = Step<{ tokens?: TensorData; ahead?: TensorData }, { logits: Tensor }>

export interface Reader {
  /** Reads tokens [batch, length]; gives the logits after the last, [batch, vocabulary]. */
  read(tokens: Int32Array, length: number): Promise<Float32Array>
  /**
   * Reads `tokens` for good, where there are any, and looks ahead at `branches` rows of `depth` tokens; gives the logits
   * [branches, …, vocabulary] after the last token read and after each of a branch. Of a reader of one text.
   */
  lookAhead(
    tokens: Int32Array,
    ahead: Int32Array,
    shape: Pick<LookAheadShape, 'branches' | 'depth'>,
  ): Promise<TensorData>
  /** Makes room for texts of so many tokens. */
  reserve(positions: number): Promise<void>
  /** Forgets all that was read. */
  reset(): Promise<void>
  readonly state: Pick<StateStore, 'dispose'> & {
    read(): ReturnType<StateStore['read']>
    bytes(): ReturnType<StateStore['bytes']>
  }
}

/** Positions that caches have room for at first; when they are full, the next power of two. */
const smallestCapacity = 128

/** Programs kept where each holds quantized weights of its own. */
const mostHolding = 4

/** @param parameters by path */
export function createReader(
  model: Model,
  parameters: Readonly<Record<string, TensorData>> | ParameterSource,
  { executor, batch, weights: form }: Required<DecoderOptions>,
): Reader {
  const store = executor.createStore()
  const weights = createWeights(parameters, { executor, store, form })
  const leaves = carriedLeaves(model, batch)
  const caches = Object.keys(leaves).filter((path) => Object.hasOwn(Object(leaves[path].change), 'append'))
  const compiled = new Map<string, Compiled>()
  let capacity = smallestCapacity

  async function program(name: string, trace: () => ReturnType<typeof decodeProgram>): Promise<Compiled> {
    const key = caches.length > 0 ? `${name} of ${capacity}` : name
    const known = compiled.get(key)
    if (known) return known
    if (form !== 'f32' && compiled.size === mostHolding) await drop(compiled.keys().next().value as string)
    const { stateful, handedOver } = await weights.bind(trace())
    const fresh: Compiled = await compileStateful(executor, store, stateful, { handedOver })
    compiled.set(key, fresh)
    return fresh
  }

  async function drop(key: string): Promise<void> {
    await compiled.get(key)?.release()
    compiled.delete(key)
  }

  return {
    async read(data, length) {
      const step = await program(`${length}`, () => decodeProgram(model, { batch, length, capacity }))
      const { logits } = await step.run({ tokens: { shape: [batch, length], dtype: 'i32', data } })
      return logits.data as Float32Array
    },

    async lookAhead(tokens, ahead, { branches, depth }) {
      const read = tokens.length
      const step = await program(`${read} and ${branches} × ${depth}`, () =>
        lookAheadProgram(model, { read, branches, depth, capacity }),
      )
      const { logits } = await step.run({
        ...(read > 0 && { tokens: { shape: [1, read], dtype: 'i32', data: tokens } }),
        ...(depth > 0 && { ahead: { shape: [branches, depth], dtype: 'i32', data: ahead } }),
      })
      return logits
    },

    async reserve(positions) {
      if (positions <= capacity) return
      capacity = 2 ** Math.ceil(Math.log2(positions))
      for (const path of caches) await store.grow(path, capacity)
      // Programs of a smaller capacity have no use before the next text, and there may be weights in them.
      if (form !== 'f32') for (const key of [...compiled.keys()]) await drop(key)
    },

    async reset() {
      capacity = smallestCapacity
      await store.write(startedLeaves(carriedLeaves(model, batch, capacity)))
    },

    state: {
      read: () => store.read(Object.keys(leaves)),
      bytes: () => store.bytes(Object.keys(leaves)),
      dispose: () => store.dispose(),
    },
  }
}
