/**
 * Parameter trees. A mechanism declares a nested object of parameters and layers; a model binds it to tensors, which
 * turns every layer into a function. The dotted path of a parameter is its name everywhere: in files, masks and errors.
 */
import type { Shape, Tensor } from '../engine/index.js'
import type { Initializer } from './initializers.js'

export interface Parameter {
  readonly shape: Shape
  readonly initial: Initializer
  /** Whether weight decay applies: to matrices that mix features, not to norms, biases, embeddings of position or decays. */
  readonly decay: boolean
}

/** Parameters with what is computed from them. */
export interface Layer<F> {
  readonly parameters: ParameterTree
  readonly bind: (tensors: any) => F
}

export type ParameterTree =
  | Parameter
  | Layer<any>
  | readonly ParameterTree[]
  | { readonly [key: string]: ParameterTree | undefined }

/** What a tree becomes when it is bound: tensors for parameters, functions for layers. */
export type Bound<P> = P extends Parameter
  ? Tensor
  : P extends Layer<infer F>
    ? F
    : P extends readonly (infer E)[]
      ? Bound<E>[]
      : { readonly [K in keyof P]: Bound<P[K]> }

export function parameter(shape: Shape, initial: Initializer, options: { decay?: boolean } = {}): Parameter {
  return { shape, initial, decay: options.decay ?? shape.length > 1 }
}

export function layer<P extends ParameterTree, F>(parameters: P, forward: (bound: Bound<P>) => F): Layer<F> {
  return { parameters, bind: (tensors) => forward(bind(parameters, tensors)) }
}

function isParameter(tree: ParameterTree): tree is Parameter {
  return 'initial' in tree && 'shape' in tree
}

function isLayer(tree: ParameterTree): tree is Layer<unknown> {
  return 'bind' in tree && typeof tree.bind === 'function'
}

/** The tree with tensors in place of parameters and functions in place of layers. */
export function bind<P extends ParameterTree>(tree: P, tensors: any): Bound<P> {
  if (isParameter(tree)) return tensors
  if (isLayer(tree)) return tree.bind(tensors) as Bound<P>
  if (Array.isArray(tree)) return tree.map((child, index) => bind(child, tensors[index])) as Bound<P>
  const entries = Object.entries(tree).filter(([, child]) => child !== undefined)
  return Object.fromEntries(
    entries.map(([key, child]) => [key, bind(child as ParameterTree, tensors[key])]),
  ) as Bound<P>
}

export interface NamedParameter extends Parameter {
  readonly path: string
}

/** Every parameter with its path, in a fixed order. */
export function listParameters(tree: ParameterTree, path = ''): NamedParameter[] {
  if (isParameter(tree)) return [{ ...tree, path }]
  if (isLayer(tree)) return listParameters(tree.parameters, path)
  return Object.entries(tree).flatMap(([key, child]) =>
    child ? listParameters(child, path ? `${path}.${key}` : key) : [],
  )
}

/** A nested object with a value for every parameter, from values by path. */
export function nest<V>(tree: ParameterTree, value: (parameter: NamedParameter) => V, path = ''): any {
  if (isParameter(tree)) return value({ ...tree, path })
  if (isLayer(tree)) return nest(tree.parameters, value, path)
  const child = (key: string, sub: ParameterTree) => nest(sub, value, path ? `${path}.${key}` : key)
  if (Array.isArray(tree)) return tree.map((sub, index) => child(String(index), sub))
  return Object.fromEntries(Object.entries(tree).flatMap(([key, sub]) => (sub ? [[key, child(key, sub)]] : [])))
}

export function countParameters(tree: ParameterTree): number {
  return listParameters(tree).reduce(
    (total, { shape }) => total + shape.reduce((product, extent) => product * extent, 1),
    0,
  )
}
