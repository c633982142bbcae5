/** The parameters and the state of a model as leaves of a store, each named by its path. */
import {
  full,
  type LeafSpec,
  type StateTensors,
  scalar,
  sizeOf,
  type Tensor,
  type TensorData,
} from '../engine/index.js'
import type { StateLeaf } from '../mechanisms/index.js'
import type { Model } from './model.js'

export function parameterLeaves(model: Model): Record<string, LeafSpec> {
  return Object.fromEntries(
    model.parameterList.map(({ path, shape }) => [`parameters.${path}`, { shape, dtype: 'f32', change: 'replace' }]),
  )
}

/** Values of parameters by path, as a store takes them for {@link parameterLeaves}. */
export function parameterValues(parameters: Readonly<Record<string, TensorData>>): Record<string, TensorData> {
  return Object.fromEntries(Object.entries(parameters).map(([path, value]) => [`parameters.${path}`, value]))
}

/** The state of a model by path, under `prefix`. */
export function carriedLeaves(
  model: Model,
  batch: number,
  capacity = 0,
  prefix = 'carried',
): Record<string, StateLeaf> {
  const found: Record<string, StateLeaf> = {}
  const visit = (value: object, path: string): void => {
    if ('change' in value) found[path] = value as StateLeaf
    else for (const [key, child] of Object.entries(value)) if (child) visit(child as object, `${path}.${key}`)
  }
  visit(model.state({ batch, capacity }), prefix)
  return found
}

/** The shape of what a leaf holds after some tokens. */
export function heldShape({ shape, change }: StateLeaf, tokens: number): readonly number[] {
  if (change === 'replace') return shape
  const along = 'append' in change ? change.append : change.ring
  return shape.map((extent, axis) => (axis === along ? Math.min(tokens, extent) : extent))
}

/** Nests a model's carried state from leaves by path; absent leaves start at their fill. */
export function carriedState(model: Model, state: StateTensors, batch: number, prefix = 'carried'): unknown {
  const build = (value: object, path: string): unknown => {
    if (!('change' in value)) {
      const entries = Object.entries(value).flatMap(([key, child]) =>
        child ? [[key, build(child as object, `${path}.${key}`)]] : [],
      )
      return Array.isArray(value) ? entries.map(([, child]) => child) : Object.fromEntries(entries)
    }
    const { shape, dtype, change, fill } = value as StateLeaf
    if (state[path]) return state[path]
    const start = full(shape, fill ?? 0, dtype)
    return change === 'replace' ? start : { buffer: start, used: scalar(0, 'i32') }
  }
  return build(model.state({ batch, capacity: 0 }), prefix)
}

/** The state a model returned, by path. */
export function flatState(state: object, path = 'carried'): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(state).flatMap(([key, value]) => {
      const name = `${path}.${key}`
      if (!value) return []
      return 'shape' in value && 'dtype' in value ? [[name, value as Tensor]] : Object.entries(flatState(value, name))
    }),
  )
}

type StartedLeaf = LeafSpec & { readonly fill?: number }

/** Leaves filled with what they start from, as a store takes them. */
export function startedLeaves(
  leaves: Readonly<Record<string, StartedLeaf>>,
): Record<string, TensorData & Pick<LeafSpec, 'change' | 'apart'> & { used: number }> {
  const arrays = { f32: Float32Array, i32: Int32Array, bool: Uint8Array }
  return Object.fromEntries(
    Object.entries(leaves).map(([path, { shape, dtype, change, apart, fill = 0 }]) => {
      return [path, { shape, dtype, change, apart, data: new arrays[dtype](sizeOf(shape)).fill(fill), used: 0 }]
    }),
  )
}
