/** What several demonstrations of convolutions measure: how far back they see, and what a text costs. */
import { gradients, slice, sum, type Tensor, type TensorData } from '../../../engine/index.js'
import { carriedState, createModel, type ModelConfigInput } from '../../../models/index.js'
import { logits } from '../../../nn/index.js'
import { createRandom } from '../../../tasks/index.js'
import type { Lab } from '../../demonstration.js'
import { compiled, computeExactly } from '../../lab/index.js'

/** Positions, the last one's own included, from the earliest of T vectors on which a feature of the last one depends. */
export function receptiveField(lab: Lab, blocks: Partial<ModelConfigInput>, T: number): number {
  const model = createModel({
    mixers: [],
    dim: 8,
    heads: 2,
    channel: null,
    norm: 'none',
    ...blocks,
    input: { kind: 'vectors', width: 4 },
    head: { kind: 'regression', outputs: 1 },
  })
  const random = createRandom(lab.seed, T)
  const x: TensorData = { shape: [1, T, 4], dtype: 'f32', data: Float32Array.from({ length: 4 * T }, random.normal) }
  const given: Record<string, TensorData> = { ...model.initialParameters(lab.seed), ' x': x }
  const { gradient } = computeExactly(given, (all: Record<string, Tensor>) => {
    const tensors = model.nest(({ path }) => all[path])
    const { features } = model.forward(tensors, { x: all[' x'] }, carriedState(model, {}, 1))
    return { gradient: gradients(sum(slice(slice(features, 1, -1), 2, 0, 1)), all[' x']) }
  })
  const first = Array.from(gradient.data).findIndex((value) => value !== 0)
  return first < 0 ? 0 : T - Math.floor(first / 4)
}

/** Work that gives the logits of T tokens, with the starting values of a model. */
export async function reading(lab: Lab, config: Partial<ModelConfigInput>, T: number): Promise<() => Promise<unknown>> {
  const vocabulary = 64
  const model = createModel({ mixers: [], ...config, input: { kind: 'tokens', vocabulary } })
  const tokens = Int32Array.from({ length: T }, (_, t) => (t * 7919) % vocabulary)
  const given: Record<string, TensorData> = {
    ...model.initialParameters(lab.seed),
    ' tokens': { shape: [1, T], dtype: 'i32', data: tokens },
  }
  const run = await compiled(lab, given, (all: Record<string, Tensor>) => {
    const tensors = model.nest(({ path }) => all[path])
    const { features } = model.forward(tensors, { x: all[' tokens'] }, carriedState(model, {}, 1))
    return { scores: logits(features, model.head(tensors)) }
  })
  return () => run(given)
}
