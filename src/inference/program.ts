/** The program of generation: some tokens in, the logits after the last of them out, the model's state changed. */
import { reshape, type Spec, slice, type Tensor, traceStateful } from '../engine/index.js'
import { carriedLeaves, carriedState, flatState, type Model, parameterLeaves } from '../models/index.js'
import { logits } from '../nn/index.js'

export interface DecodeShape {
  readonly batch: number
  /** Tokens taken at once. */
  readonly length: number
  /** Positions that appended leaves of the state have room for. */
  readonly capacity: number
}

/** Fetches `logits`, [batch, vocabulary]. */
export function decodeProgram(model: Model, { batch, length, capacity }: DecodeShape) {
  const state = { ...parameterLeaves(model), ...carriedLeaves(model, batch, capacity) }
  const tokens: Spec = { shape: [batch, length], dtype: 'i32' }
  return traceStateful(state, { tokens }, (before, feeds) => {
    const parameters = model.nest(({ path }) => before[`parameters.${path}`])
    const result = model.forward(parameters, { x: feeds.tokens }, carriedState(model, before, batch))
    const newest = reshape(slice(result.features, 1, length - 1, length), [batch, model.config.dim])
    const next = Object.entries(flatState(result.state)).filter(([path, value]) => value !== (before[path] as Tensor))
    return { state: Object.fromEntries(next), fetch: { logits: logits(newest, model.head(parameters)) } }
  })
}
