/** Small models, and the logits of a whole sequence at once that reading token by token is compared with. */
import {
  compileStateful,
  type Executor,
  reshape,
  type Spec,
  type Tensor,
  type TensorData,
  traceStateful,
} from '#seqlab/engine/index.js'
import { carriedState, createModel, type Model, parameterLeaves, preset } from '#seqlab/models/index.js'
import { logits } from '#seqlab/nn/index.js'
import { seeded } from '../training/seeded.js'

export const vocabulary = 31

export function smallModel(name: string, settings: object = {}): Model {
  const input = { kind: 'tokens', vocabulary }
  return createModel({ ...preset(name), layers: 2, dim: 16, heads: 2, input, ...settings })
}

export function randomTokens(count: number, seed: number): Int32Array {
  const random = seeded(seed)
  return Int32Array.from({ length: count }, () => random(vocabulary))
}

/** Initial parameters with enough spread that every part of a model shows in its logits. */
export function parametersOf(model: Model, seed: number): Record<string, TensorData> {
  const random = seeded(seed)
  return Object.fromEntries(
    Object.entries(model.initialParameters(seed)).map(([path, value]) => {
      const data = Float32Array.from(value.data, (number) => number + (random(2001) - 1000) / 10_000)
      return [path, { ...value, data }]
    }),
  )
}

/** Logits after every token of [1, T], from the parallel form: T rows. */
export async function wholeLogits(
  model: Model,
  parameters: Record<string, TensorData>,
  tokens: Int32Array,
  executor: Executor,
): Promise<Float32Array[]> {
  const T = tokens.length
  const store = executor.createStore()
  await store.write(
    Object.fromEntries(Object.entries(parameters).map(([path, value]) => [`parameters.${path}`, value])),
  )
  const x: Spec = { shape: [1, T], dtype: 'i32' }
  const program = traceStateful(parameterLeaves(model), { x }, (before, feeds) => {
    const tensors = model.nest(({ path }) => before[`parameters.${path}`])
    const { features } = model.forward(tensors, { x: feeds.x }, carriedState(model, {}, 1), { form: 'parallel' })
    return { state: {}, fetch: { y: logits(reshape(features, [T, model.config.dim]), model.head(tensors)) } }
  })
  const step = await compileStateful<{ x: TensorData }, { y: Tensor }>(executor, store, program)
  const { y } = await step.run({ x: { ...x, data: tokens } })
  await store.dispose()
  const [, width] = y.shape
  return Array.from({ length: T }, (_, t) => (y.data as Float32Array).slice(t * width, (t + 1) * width))
}
