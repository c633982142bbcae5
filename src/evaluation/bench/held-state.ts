/** What the memory of a model's mixers really takes, beside what they declare. */
import { type Executor, sizeOf } from '../../engine/index.js'
import { createDecoder } from '../../inference/decoder.js'
import { isCausal } from '../../mechanisms/index.js'
import { carriedLeaves, heldShape, type Model } from '../../models/index.js'

export interface HeldState {
  /** Bytes that the mixers' state of one text takes in the store of a decoder. */
  readonly bytes: number
  /** Bytes of the shapes that the mixers declare. */
  readonly declared: number
}

/** The state after reading so many tokens; undefined where a mixer sees the future, and has none. */
export async function heldState(model: Model, tokens: number, executor: Executor): Promise<HeldState | undefined> {
  if (model.layers.some(({ mixer, settings }) => !isCausal(mixer, settings))) return undefined
  const leaves = Object.entries(carriedLeaves(model, 1, tokens)).map(([path, leaf]) => {
    const width = leaf.dtype === 'bool' ? 1 : 4
    return { bytes: width * sizeOf(heldShape(leaf, tokens)), mixers: path.startsWith('carried.layers.') }
  })
  const sum = (chosen: typeof leaves) => chosen.reduce((total, { bytes }) => total + bytes, 0)
  const decoder = await createDecoder(model, model.initialParameters(0), { executor })
  await decoder.prefill(new Int32Array(tokens))
  const { used } = await decoder.bytes()
  await decoder.dispose()
  return {
    bytes: used - sum(leaves.filter(({ mixers }) => !mixers)),
    declared: sum(leaves.filter(({ mixers }) => mixers)),
  }
}
