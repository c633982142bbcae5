/** Finding out why a loss stopped being a number. */
import { compileStateful, type Executor, flatten, type TensorData, traceStateful } from '../engine/index.js'
import type { Model } from '../models/index.js'
import { batchSpecs, carriedLeaves, carriedState, parameterLeaves, type TrainingSettings } from './programs.js'
import { batchData, type Session, type TokenBatch } from './session.js'

const isFinite = ({ data }: TensorData) => (data as Float32Array).every(Number.isFinite)

/**
 * The first named tensor that is not finite in a forward pass over `batch` with the parameters from before the last
 * step: a parameter, else the earliest named value, else what the backward pass made.
 */
export async function firstNonFinite(model: Model, session: Session, executor: Executor, settings: TrainingSettings, batch: TokenBatch): Promise<string> {
  await session.store.revert()
  const { weights } = await session.snapshot()
  const broken = Object.entries(weights).find(([, value]) => !isFinite(value))
  if (broken) return `parameter ${broken[0]}`
  const state = { ...parameterLeaves(model), ...(settings.carry ? carriedLeaves(model, settings.batch) : {}) }
  let names: string[] = []
  const program = traceStateful(state, { batch: batchSpecs(settings) }, (before, feeds: any) => {
    const tensors = model.nest(({ path }) => before[`parameters.${path}`])
    const carried = carriedState(model, settings.carry ? before : {}, settings.batch)
    const result = model.forward(tensors, { x: feeds.batch.inputs, resets: feeds.batch.resets }, carried, { training: false })
    const named = [...result.features.graph.named].filter(([, tensor]) => tensor.dtype === 'f32')
    names = [...named.map(([name]) => name), 'features']
    return { state: {}, fetch: [...named.map(([, tensor]) => tensor), result.features] }
  })
  const step = await compileStateful(executor, session.store, program)
  const values = flatten<TensorData>((await step.run({ batch: batchData(batch, settings) } as never)) as never).leaves
  const found = values.findIndex((value) => !isFinite(value))
  return found === -1 ? 'a gradient (every named value of the forward pass is finite)' : names[found]
}

