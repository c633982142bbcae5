/** What is checked: a mixer or channel mixer by itself, or a model around one. All are forms over rows, parameters and a state. */
import type { Spec, StateTensors, Tensor, TensorData } from '../../engine/index.js'
import type { StateLeaf, StateSize } from '../../mechanisms/index.js'
import type { Form } from '../../models/index.js'
import { gaussian, parameterStream } from '../../nn/initializers.js'
import type { NamedParameter } from '../../nn/parameter.js'
import type { Sequence } from './sequence.js'

/** A value for each leaf of a flat tree. */
export type Values = Readonly<Record<string, TensorData>>

/** What a call is fed beside parameters and state. */
export interface Given<T> {
  /** [B, T, width] */
  readonly x: T
  readonly [name: string]: T | Readonly<Record<string, T>> | undefined
}

export interface Forward {
  /** [B, T, dim] */
  readonly y: Tensor
  readonly state: Readonly<Record<string, Tensor>>
  readonly losses: Readonly<Record<string, Tensor>>
}

export interface Subject {
  /** Settings that differ from the plain ones, as findings name them. */
  readonly label: string
  /** Width of x. */
  readonly width: number
  /** Length at which the chunked form cuts; an arbitrary short one where there is none. */
  readonly chunk: number
  readonly causal: boolean
  /** Whether `prefix` is honoured. */
  readonly prefix: boolean
  readonly forms: readonly Form[]
  readonly parameters: readonly NamedParameter[]
  /** As the tree counts them. */
  readonly parameterCount: number
  leaves(size: StateSize): Record<string, StateLeaf>
  /** The feeds of tokens `from` to `to`. */
  given(sequence: Sequence, from: number, to: number): Given<TensorData>
  /** Shapes of the projected values [B, H, T, …] that a sequence may replace, for those that have any. */
  projected?(sequence: Sequence): Record<string, Spec>
  /** Leaves that are missing in `state` start from their fill. */
  forward(form: Form, parameters: Readonly<Record<string, Tensor>>, given: Given<Tensor>, state: StateTensors): Forward
}

/**
 * Starting values of all parameters, moved by a little noise so that none stays at an exact 0 or 1 which would hide that
 * it is not used.
 */
export function parameterValues({ parameters }: Subject, seed = 1): Values {
  return Object.fromEntries(
    parameters.map(({ path, shape, initial }) => {
      const start = initial(shape, parameterStream(seed, path))
      const noise = gaussian(0.3)(shape, parameterStream(seed + 1, path))
      return [path, { shape, dtype: 'f32', data: start.map((value, index) => value + noise[index]) }]
    }),
  )
}
