/** A learned model generating, beside the same model reading everything at once. */
import { gather, reshape, type Tensor, type TensorData } from '../../engine/index.js'
import { createDecoder } from '../../inference/index.js'
import { carriedState } from '../../models/index.js'
import { logits } from '../../nn/index.js'
import type { Lab } from '../demonstration.js'
import { compute, largestError } from './compute.js'
import type { TrainedModel } from './learn.js'

/** Parameters by path. */
export async function weightsOf({ model, store }: TrainedModel): Promise<Record<string, TensorData>> {
  const values = await store.read(model.parameterList.map(({ path }) => `parameters.${path}`))
  return Object.fromEntries(Object.entries(values).map(([path, { used: _, ...value }]) => [path.slice(11), value]))
}

/**
 * Reads `count` pseudo-random tokens one at a time, and all in one pass; the largest difference of their logits at 16
 * positions, relative to the largest logit, and the bytes of state after the last token.
 */
export async function readTwice(lab: Lab, trained: TrainedModel, count: number) {
  const { model } = trained
  const { input } = model.config
  if (input.kind !== 'tokens') throw new Error('readTwice: needs a model of tokens')
  const tokens = Int32Array.from({ length: count }, (_, t) => (t * 7919 + ((t * t) % 101)) % input.vocabulary)
  const places = Int32Array.from({ length: 16 }, (_, i) => Math.floor(((i + 1) * count) / 16) - 1)
  const weights = await weightsOf(trained)
  const given = {
    ...weights,
    ' tokens': { shape: [1, count], dtype: 'i32', data: tokens },
    ' places': { shape: [16], dtype: 'i32', data: places },
  } as const
  const { whole } = await compute(lab, given as Record<string, TensorData>, (all: Record<string, Tensor>) => {
    const tensors = model.nest(({ path }) => all[path])
    const { features } = model.forward(tensors, { x: all[' tokens'] }, carriedState(model, {}, 1))
    const rows = gather(features, all[' places'], 1)
    return { whole: logits(reshape(rows, [16, rows.shape[2]]), model.head(tensors)) }
  })
  const decoder = await createDecoder(model, weights, { executor: lab.executor })
  const stepped = new Float32Array(whole.data.length)
  let next = 0
  for (let t = 0; t < count; t++) {
    lab.signal?.throwIfAborted()
    const row = await decoder.step([tokens[t]])
    if (t === places[next]) stepped.set(row, row.length * next++)
    if ((t + 1) % 2048 === 0) lab.progress(`${t + 1} of ${count} tokens`)
  }
  const { used } = await decoder.bytes()
  await decoder.dispose()
  return { error: largestError({ ...whole, data: stepped }, whole), stateBytes: used }
}
